// A worker program for tests: speaks protocol/dispatch.hpp and does what its sources' bytes tell it to.
//
// A source is an optional magic number, one word that names the behaviour (see `behave`), an optional space
// and one argument up to the end of the line. The program's own name chooses how it starts: a name that holds
// `silent-exit`, `ready-exit` or `wrong-version` does that instead of serving.
//
// `--fingerprint` answers as imgopt-worker does; it notes each question in `PROGRAM.asked` and takes one line
// of `PROGRAM.salt`, where there is one, into the digest of the format that the line names; a hexadecimal
// digit behind the name tells updates apart.
//
// A result says which worker made it: peak_memory is the process's id, a slot's cpu_us the memory share.
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/mapped_memory.hpp"
#include "base/packet_socket.hpp"
#include "protocol/batch_manifest.hpp"
#include "protocol/dispatch.hpp"
#include "protocol/record_results.hpp"

namespace imgopt {
namespace {

using namespace std::string_view_literals;

struct Magic {
  ImageFormat format;
  std::string_view bytes;
};

constexpr std::array k_magics = {
    Magic{ImageFormat::png, "\x89PNG\r\n\x1a\n"sv},
    Magic{ImageFormat::jpeg, "\xff\xd8\xff\xe0"sv},
    Magic{ImageFormat::webp, "RIFF\x10\0\0\0WEBP"sv},
    Magic{ImageFormat::gif, "GIF89a"sv},
    Magic{ImageFormat::avif,
          "\0\0\0\x14"
          "ftypavif"
          "\0\0\0\0"
          "avif"sv},
};

std::string_view magic_of(ImageFormat format) {
  for (const Magic& magic : k_magics)
    if (magic.format == format)
      return magic.bytes;
  return {};
}

struct Order {
  std::string behaviour;
  std::string argument;
  std::string text;  // the source without its magic
};

Order order_in(std::string_view source) {
  for (const Magic& magic : k_magics)
    if (source.starts_with(magic.bytes)) {
      source.remove_prefix(magic.bytes.size());
      break;
    }
  const std::string_view line = source.substr(0, source.find('\n'));
  const std::size_t space = std::min(line.size(), line.find(' '));
  Order order;
  order.behaviour = line.substr(0, space);
  order.argument = line.substr(std::min(line.size(), space + 1));
  order.text = source;
  return order;
}

// True for the first process that asks with this path.
bool is_first(const std::string& path) {
  const Descriptor flag(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  return flag.is_open();
}

[[noreturn]] void spin() {
  std::atomic<std::uint64_t> turns{0};
  for (;;)
    turns.fetch_add(1);
}

[[noreturn]] void shout() {
  for (const std::string words(1 << 16, 'x');;)
    static_cast<void>(!::write(STDERR_FILENO, words.data(), words.size()));
}

// Threads that wait for ever, with stacks that fit into any ceiling; false where they cannot be had.
bool start_threads(const std::string& count) {
  pthread_attr_t small;
  ::pthread_attr_init(&small);
  ::pthread_attr_setstacksize(&small, std::size_t{256} << 10);
  pthread_t thread;
  for (unsigned long i = std::strtoul(count.c_str(), nullptr, 10); i > 0; --i)
    if (::pthread_create(
            &thread, &small,
            [](void*) -> void* {
              for (;;)
                ::pause();
            },
            nullptr) != 0)
      return false;
  for (;;)
    ::pause();
}

// Makes so many mebibytes resident; false where there is no room for them.
bool take_pages(const std::string& mebibytes, int sharing) {
  const std::size_t bytes = std::strtoull(mebibytes.c_str(), nullptr, 10) << 20;
  void* const pages = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED)
    return false;
  std::memset(pages, 1, bytes);
  return true;
}

// Writes so many mebibytes of zeros to a file; false where it may not become so large.
bool hand_over(const std::string& mebibytes, int file) {
  ::signal(SIGXFSZ, SIG_IGN);
  const std::size_t bytes = std::strtoull(mebibytes.c_str(), nullptr, 10) << 20;
  return ::pwrite(file, "", 1, static_cast<off_t>(bytes - 1)) == 1;
}

// Fills a file's first mebibytes; false where there is no room for them.
bool fill(const Descriptor& file, const std::string& mebibytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  const std::vector<char> piece(std::size_t{1} << 20, 'x');
  const std::size_t pieces = std::strtoull(mebibytes.c_str(), nullptr, 10);
  for (std::size_t i = 0; i < pieces; ++i)
    if (::pwrite(file.get(), piece.data(), piece.size(), static_cast<off_t>(i * piece.size())) < 0)
      return false;
  return true;
}

std::uint64_t address_space_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_AS, &limit);
  return limit.rlim_cur;
}

class FakeWorker {
public:
  int serve() {
    for (;;) {
      const auto packet = receive_packet(k_worker_socket, k_max_dispatch_bytes, Wait::yes);
      if (!packet || !*packet)
        return 0;
      std::uint32_t kind = 0;
      std::memcpy(&kind, (*packet)->bytes.data(), sizeof(kind));
      switch (static_cast<DispatchKind>(kind)) {
        case DispatchKind::setup:
          if (!set_up(**packet))
            return 10;
          break;
        case DispatchKind::manifest:
          if (!take_manifest(**packet))
            return 11;
          break;
        case DispatchKind::record:
          if (!do_record(**packet))
            return 12;
          break;
        default:
          return 13;
      }
    }
  }

private:
  template <typename Message>
  static Message message_in(const Packet& packet) {
    Message message;
    std::memcpy(&message, packet.bytes.data(), std::min(sizeof(message), packet.bytes.size()));
    return message;
  }

  template <typename Message>
  static bool tell(const Message& message) {
    return send_message(k_worker_socket, message).has_value();
  }

  bool set_up(const Packet& packet) {
    auto results = MappedRegion::map(packet.descriptors.at(0).get(), sizeof(ResultsSegment),
                                     Access::read_write, "results");
    if (!results)
      return false;
    m_results = std::move(*results);
    return tell(ReadyMessage());
  }

  bool take_manifest(const Packet& packet) {
    // Manifests come in the order of their ids, each once, and can be trusted to stay as they are.
    if (message_in<ManifestMessage>(packet).manifest_id != m_manifests.size() ||
        !is_sealed_against_changes(packet.descriptors.at(0).get()))
      return false;
    const auto status = stat_descriptor(packet.descriptors[0].get(), "manifest");
    auto region =
        MappedRegion::map(packet.descriptors[0].get(), status->stat.size, Access::read_only, "manifest");
    if (!region)
      return false;
    m_manifests.push_back(std::move(*region));
    return true;
  }

  bool do_record(const Packet& packet) {
    const auto message = message_in<RecordMessage>(packet);
    if (message.sequence != ++m_sequence || message.manifest_id >= m_manifests.size() ||
        !is_sealed_against_changes(packet.descriptors.at(0).get()))
      return false;
    const auto manifest = BatchManifest::open(m_manifests[message.manifest_id].bytes());
    const auto source = read_descriptor(packet.descriptors[0].get(), "source", UINT64_MAX);
    if (!manifest || !source || message.record >= manifest->records().size())
      return false;
    const Order order = order_in({reinterpret_cast<const char*>(source->data()), source->size()});
    const BatchRecord& record = manifest->records()[message.record];
    // A worker may keep what it was given.
    m_outputs.emplace_back(::dup(packet.descriptors.at(1).get()));
    return behave(order, message, *manifest, record, packet.descriptors.at(1).get());
  }

  bool behave(const Order& order, const RecordMessage& message, const BatchManifest& manifest,
              const BatchRecord& record, int output) {
    const std::string& what = order.behaviour;
    if (what == "crash" || (what == "crash-once" && is_first(order.argument)))
      ::abort();
    if (what == "put-back-and-crash") {
      static_cast<void>(std::rename((order.argument + ".before").c_str(), order.argument.c_str()));
      ::abort();
    }
    if (what == "kill" || (what == "kill-once" && is_first(order.argument)))
      ::raise(SIGKILL);
    if (what == "exit")
      ::_exit(9);
    if (what == "complain") {
      std::cerr << "first line\nlast words" << std::endl;
      ::_exit(9);
    }
    if (what == "spin")
      spin();
    if (what == "claim-pixels-and-spin") {
      segment().progress.pixels.store(UINT64_MAX);
      spin();
    }
    if (what == "shout")
      shout();
    if (what == "hand-over" && !hand_over(order.argument, output))
      ::abort();
    if (what == "hoard") {
      for (const Descriptor& file : m_outputs)
        static_cast<void>(fill(file, order.argument));
      // With one file it goes on as if nothing were.
      while (m_outputs.size() > 1)
        ::pause();
    }
    if (what == "hand-over-and-swell") {
      static_cast<void>(fill(m_outputs.back(), order.argument) && take_pages(order.argument, MAP_SHARED));
      for (;;)
        ::pause();
    }
    if (what == "seal")
      static_cast<void>(hand_over("1", output) && ::fcntl(output, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    if (what == "sleep")
      for (;;)
        ::pause();
    if (what == "close-and-stay") {
      static_cast<void>(is_first(order.argument));
      ::close(k_worker_socket);
      for (;;)
        ::pause();
    }
    if (what == "wait-for")
      while (::access(order.argument.c_str(), F_OK) != 0)
        ::usleep(1000);
    if (what == "thread" && !start_threads(order.argument))
      ::abort();
    if (what == "empty-message") {
      static_cast<void>(!::send(k_worker_socket, "", 0, MSG_NOSIGNAL));
      for (;;)
        ::pause();
    }
    if (what == "unknown-message")
      return tell(std::uint32_t{99});
    if (what == "short-message")
      return tell(std::uint8_t{1});
    if (what == "long-message")
      return tell(std::array<std::uint64_t, 100>{});
    if (what == "ready-again")
      return tell(ReadyMessage());
    if (what == "done-without-result")
      return tell(done(message.sequence));
    if (what == "done-of-another")
      return tell(done(message.sequence + 1));
    if (what == "needs-all-memory")
      return tell(needs_memory(message.sequence, message.memory_share + 1));
    if (what == "needs-memory-for-another")
      return tell(needs_memory(message.sequence + 1, 1));
    if (what == "needs-memory" && message.memory_share < std::strtoull(order.argument.c_str(), nullptr, 10))
      return tell(needs_memory(message.sequence, std::strtoull(order.argument.c_str(), nullptr, 10)));
    if (what == "allocate" && !take_pages(order.argument, MAP_PRIVATE)) {
      segment().progress.failed_allocations.fetch_add(1);
      ::abort();
    }
    if (what == "swell") {
      static_cast<void>(take_pages(order.argument, MAP_SHARED));
      for (;;)
        ::pause();
    }
    if (what == "warn")
      segment().progress.decoder_warnings.fetch_add(1);
    publish_bank(segment(), message.sequence, result_for(order, message, manifest, record, output));
    if (what == "crash-after-publishing")
      ::abort();
    if (!tell(done(message.sequence)))
      return false;
    if (what == "spin-afterwards")
      spin();
    if (what == "shout-afterwards")
      shout();
    if (what == "swell-afterwards")
      static_cast<void>(take_pages(order.argument, MAP_SHARED));
    return true;
  }

  RecordResult result_for(const Order& order, const RecordMessage& message, const BatchManifest& manifest,
                          const BatchRecord& record, int output) {
    RecordResult result;
    result.record = message.record + (order.behaviour == "another-record" ? 1 : 0);
    result.peak_memory = static_cast<std::uint64_t>(::getpid());
    if (order.behaviour == "takes-microseconds")
      result.cpu_us = std::strtoull(order.argument.c_str(), nullptr, 10);
    if (order.behaviour == "tell-limit")
      result.cpu_us = address_space_limit();
    std::uint64_t offset = 0;
    for (const BatchOutput& wanted : manifest.outputs_of(record)) {
      const OutputSettings& settings = manifest.settings_of(wanted);
      ResultSlot slot;
      slot.cpu_us = message.memory_share;
      if (order.behaviour == "damaged" || order.behaviour == "damaged-of-no-format")
        fail_slot(slot, FailureKind::corrupt_image, "it is damaged");
      else if (order.behaviour == "lacks-memory" &&
               message.memory_share < std::strtoull(order.argument.c_str(), nullptr, 10))
        fail_slot(slot, FailureKind::memory, "out of memory");
      else if (order.behaviour == "limit")
        fail_slot(slot, FailureKind::limit, "it is too large");
      else
        fill_slot(slot, order, settings, source_format(manifest, record), output, offset);
      if (order.behaviour == "damaged-of-no-format")
        slot.format = 300;
      result.outputs.push_back(slot);
    }
    return result;
  }

  static ImageFormat source_format(const BatchManifest& manifest, const BatchRecord& record) {
    return static_cast<ImageFormat>(manifest.source_of(record).format);
  }

  static void fail_slot(ResultSlot& slot, FailureKind kind, std::string_view message) {
    slot.status = static_cast<std::uint32_t>(SlotStatus::failed);
    slot.failure = static_cast<std::uint32_t>(kind);
    set_message(slot, message);
  }

  static void fill_slot(ResultSlot& slot, const Order& order, const OutputSettings& settings,
                        ImageFormat source, int output, std::uint64_t& offset) {
    slot.width = slot.height = order.behaviour == "huge" ? 1u << 16 : 8;
    slot.frames = 1;
    slot.format = static_cast<std::uint32_t>(settings.format);
    if (order.behaviour == "original-of-another" || order.behaviour == "original-as-it-is") {
      if (order.behaviour == "original-as-it-is")
        slot.format = static_cast<std::uint32_t>(source);
      slot.status = static_cast<std::uint32_t>(SlotStatus::original_is_best);
      return;
    }
    if (order.behaviour == "original" && settings.format == source) {
      slot.status = static_cast<std::uint32_t>(SlotStatus::original_is_best);
      return;
    }
    const ImageFormat made = order.behaviour == "wrong-format" ? ImageFormat::gif : settings.format;
    std::string content(magic_of(made));
    content += std::to_string(settings.resize_width) + " " + order.text.substr(0, 16);
    slot.status = static_cast<std::uint32_t>(SlotStatus::encoded);
    slot.offset = offset;
    slot.length = content.size();
    static_cast<void>(!::pwrite(output, content.data(), content.size(), static_cast<off_t>(offset)));
    offset += content.size();
    if (order.behaviour == "outside")
      slot.offset += 1;
  }

  static DoneMessage done(std::uint64_t sequence) {
    DoneMessage message;
    message.sequence = sequence;
    return message;
  }

  static NeedsMemoryMessage needs_memory(std::uint64_t sequence, std::uint64_t bytes) {
    NeedsMemoryMessage message;
    message.sequence = sequence;
    message.bytes = bytes;
    return message;
  }

  ResultsSegment& segment() { return *reinterpret_cast<ResultsSegment*>(m_results.writable_bytes().data()); }

  MappedRegion m_results;
  std::vector<MappedRegion> m_manifests;
  std::vector<Descriptor> m_outputs;  // every one it was given
  std::uint64_t m_sequence = 0;
};

int tell_fingerprint(const std::string& program) {
  std::ofstream(program + ".asked", std::ios::app) << "asked\n";
  std::string salt;
  std::ifstream salt_file(program + ".salt");
  std::getline(salt_file, salt);
  std::string text = "{\"formats\": {";
  const char* separator = "";
  for (const ImageFormat format : k_all_formats) {
    const std::string name(format_name(format));
    std::string digest(32, static_cast<char>('0' + static_cast<int>(format)));
    const std::string decoder = digest;
    if (salt.substr(0, salt.find(' ')) == name)
      digest.back() = salt == name ? 'f' : salt.back();
    const bool is_known = !magic_of(format).empty();
    text +=
        separator + ("\"" + name + "\": {\"digest\": \"" + digest + "\", \"decode_digest\": \"" + decoder +
                     "\", \"description\": \"fake\", \"loads\": " + (is_known ? "true" : "false") +
                     ", \"saves\": " + (is_known ? "true" : "false") + "}");
    separator = ", ";
  }
  std::cout << text << "}, \"objects\": [\"" << program << ".salt\"]}" << std::endl;
  return 0;
}

int run(const std::string& program, std::string_view argument) {
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  if (argument == "--fingerprint")
    return tell_fingerprint(program);
  if (program.find("silent-exit") != std::string::npos) {
    std::cerr << "no codec" << std::endl;
    return 5;
  }
  if (program.find("ready-exit") != std::string::npos) {
    // What is not read when a socket closes makes the other side forget what it has not read.
    static_cast<void>(receive_packet(k_worker_socket, k_max_dispatch_bytes, Wait::yes));
    return send_message(k_worker_socket, ReadyMessage()) ? 6 : 7;
  }
  if (program.find("wrong-version") != std::string::npos) {
    ReadyMessage message;
    message.version = k_dispatch_version + 1;
    static_cast<void>(send_message(k_worker_socket, message));
  }
  return FakeWorker().serve();
}

}  // namespace
}  // namespace imgopt

int main(int count, char** arguments) {
  return imgopt::run(arguments[0], count > 1 ? arguments[1] : "");
}

// Fuzzes a worker's side of the dispatch: sessions as a tool could send them that is broken or was taken
// over.
//
//   session    = message*
//   message    = flags length bytes{length} file{flags & 3}    ; flags and length are one byte each
//   file       = length(2) bytes{length}                       ; a memory file that travels beside the
//   message flags: 4 seals the first file, 8 makes it a proper results segment
//
// The sandbox is never entered: it would lock the fuzzer in.
#include "protocol/dispatch.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <new>

#include "base/mapped_memory.hpp"
#include "base/packet_socket.hpp"
#include "protocol/batch_manifest.hpp"
#include "protocol/record_results.hpp"
#include "tests/fuzz/fuzz_target.hpp"
#include "worker/serve.hpp"

namespace imgopt::fuzz {
namespace {

constexpr std::uint8_t k_sealed = 4;
constexpr std::uint8_t k_results = 8;
// What a socket takes without anybody reading.
constexpr std::size_t k_most_messages = 12;

Bytes take_bytes(InputReader& input, std::size_t count) {
  Bytes bytes;
  while (bytes.size() < count && !input.rest().empty())
    bytes.push_back(input.take<std::uint8_t>());
  return bytes;
}

Descriptor memory_file(ByteView bytes, std::uint8_t flags) {
  Descriptor file = create_memory_file("fuzz").value();
  require(write_descriptor(file.get(), bytes, "fuzz").has_value(), "a memory file can be written");
  if ((flags & k_sealed) != 0)
    require(seal_against_changes(file.get()).has_value(), "a memory file can be sealed");
  return file;
}

Descriptor results_file() {
  Descriptor file = create_shared_memory("fuzz", sizeof(ResultsSegment)).value();
  const MappedRegion region =
      MappedRegion::map(file.get(), sizeof(ResultsSegment), Access::read_write, "fuzz").value();
  new (region.writable_bytes().data()) ResultsSegment();
  return file;
}

// A set-up that would enter the sandbox, or allow so much that one input takes long, is made harmless.
void tame(Bytes& message) {
  SetupMessage setup;
  if (message.size() != sizeof(setup))
    return;
  std::memcpy(&setup, message.data(), sizeof(setup));
  if (setup.kind != DispatchKind::setup)
    return;
  setup.sandbox = SandboxMode::off;
  setup.max_pixels = std::clamp<std::uint64_t>(setup.max_pixels, 1, 4096);
  setup.max_total_pixels = std::clamp<std::uint64_t>(setup.max_total_pixels, 1, 16384);
  setup.max_output_bytes = std::clamp<std::uint64_t>(setup.max_output_bytes, 1, 1 << 20);
  std::memcpy(message.data(), &setup, sizeof(setup));
}

void send_session(int socket, ByteView bytes) {
  InputReader input(bytes);
  for (std::size_t i = 0; i < k_most_messages && !input.rest().empty(); ++i) {
    const auto flags = input.take<std::uint8_t>();
    Bytes message = take_bytes(input, input.take<std::uint8_t>());
    tame(message);
    std::vector<Descriptor> files;
    for (unsigned file = 0; file < (flags & 3u); ++file) {
      const Bytes content = take_bytes(input, input.take<std::uint16_t>());
      files.push_back(file == 0 && (flags & k_results) != 0 ? results_file()
                                                            : memory_file(content, file == 0 ? flags : 0));
    }
    std::vector<int> descriptors;
    descriptors.reserve(files.size());
    for (const Descriptor& file : files)
      descriptors.push_back(file.get());
    if (!message.empty() && !send_packet(socket, message, descriptors))
      return;
  }
}

template <typename Message>
void append_message(Bytes& out, std::uint8_t flags, const Message& message,
                    std::initializer_list<ByteView> files) {
  out.push_back(static_cast<std::uint8_t>(flags | files.size()));
  out.push_back(static_cast<std::uint8_t>(sizeof(message)));
  append_object(out, message);
  for (const ByteView file : files) {
    append_object(out, static_cast<std::uint16_t>(file.size()));
    append(out, file);
  }
}

Bytes manifest_for(ByteView source, ImageFormat output) {
  BatchBuilder builder({});
  BatchSource described;
  described.size = source.size();
  described.format = static_cast<std::uint32_t>(ImageFormat::gif);
  BatchBuilder::Output wanted;
  wanted.settings.format = output;
  wanted.settings.effort = 0;
  builder.add_record(builder.add_source(described), {&wanted, 1}, 1);
  Bytes bytes(builder.size());
  builder.write(bytes);
  return bytes;
}

// From set-up to a record's end, with one pixel as GIF.
Bytes whole_session(ImageFormat output) {
  constexpr std::string_view k_pixel(
      "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0;", 35);
  const ByteView source(reinterpret_cast<const std::uint8_t*>(k_pixel.data()), k_pixel.size());
  Bytes session;
  append_message(session, k_results, SetupMessage(), {ByteView()});
  append_message(session, k_sealed, ManifestMessage(), {ByteView(manifest_for(source, output))});
  RecordMessage record;
  record.sequence = 1;
  append_message(session, k_sealed, record, {source, ByteView()});
  return session;
}

}  // namespace

Corpus make_corpus() {
  Bytes set_up;
  append_message(set_up, k_results, SetupMessage(), {ByteView()});
  Bytes record_first;
  append_message(record_first, 0, RecordMessage(), {});
  return {
      {{"set-up", set_up},
       {"record-first", record_first},
       {"to-png", whole_session(ImageFormat::png)},
       {"to-webp", whole_session(ImageFormat::webp)}},
      {std::string("\x01\0\0\0", 4), std::string("\x02\0\0\0", 4), std::string("\x03\0\0\0", 4), "GIF89a"}};
}

}  // namespace imgopt::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace imgopt;
  SocketPair sockets = make_packet_sockets().value();
  fuzz::send_session(sockets.ours.get(), {data, size});
  // What was sent can still be read; behind it comes the end.
  ::shutdown(sockets.ours.get(), SHUT_WR);
  const auto served = serve(sockets.theirs.get());
  fuzz::require(served || !served.error().message.empty(), "a refusal has a reason");
  return 0;
}

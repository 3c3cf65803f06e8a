// The worker program over a real socket, as the tool runs it.
#include "worker/serve.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <new>
#include <optional>
#include <string>

#include "base/child_process.hpp"
#include "base/mapped_memory.hpp"
#include "base/packet_socket.hpp"
#include "protocol/batch_manifest.hpp"
#include "protocol/dispatch.hpp"
#include "protocol/record_results.hpp"
#include "worker_fixture.hpp"

namespace imgopt::test {
namespace {

constexpr std::array<std::uint8_t, 16> k_nonce = {7, 7, 7};

Descriptor sealed_file(ByteView bytes) {
  Descriptor file = create_memory_file("test").value();
  EXPECT_TRUE(write_descriptor(file.get(), bytes, "test").has_value());
  EXPECT_TRUE(seal_against_changes(file.get()).has_value());
  return file;
}

struct TestRecord {
  Bytes source;
  std::vector<OutputSettings> outputs;
};

Bytes manifest_of(const std::vector<TestRecord>& records,
                  const std::array<std::uint8_t, 16>& nonce = k_nonce) {
  BatchBuilder builder(nonce);
  for (const TestRecord& record : records) {
    BatchSource source;
    source.size = record.source.size();
    source.format = static_cast<std::uint32_t>(ImageFormat::png);
    std::vector<BatchBuilder::Output> outputs;
    for (const OutputSettings& settings : record.outputs)
      outputs.push_back({{}, settings});
    builder.add_record(builder.add_source(source), outputs, 1);
  }
  Bytes bytes(builder.size());
  builder.write(bytes);
  return bytes;
}

// A worker process with the tool's side of its socket.
class RunningWorker {
public:
  explicit RunningWorker(SandboxMode sandbox) {
    SocketPair sockets = make_packet_sockets().value();
    ChildSetup setup;
    setup.program = IMGOPT_WORKER_PATH;
    setup.arguments = {"--serve"};
    if (const char* sanitizer = std::getenv("TSAN_OPTIONS"))
      setup.environment = {std::string("TSAN_OPTIONS=") + sanitizer};
    setup.given = {sockets.theirs.get()};
    m_child.emplace(ChildProcess::start(setup).value());
    m_socket = std::move(sockets.ours);
    m_results_file = create_shared_memory("results", sizeof(ResultsSegment)).value();
    m_mapping = MappedRegion::map(m_results_file.get(), sizeof(ResultsSegment), Access::read_write, "results")
                    .value();
    m_results = new (m_mapping.writable_bytes().data()) ResultsSegment;
    SetupMessage message;
    message.sandbox = sandbox;
    message.max_pixels = 1 << 24;
    message.max_output_bytes = 1 << 26;
    message.address_space = std::uint64_t{4} << 30;
    message.nonce = k_nonce;
    send(message, {m_results_file.get()});
  }

  template <typename Message>
  void send(const Message& message, const std::vector<int>& descriptors) {
    ASSERT_TRUE(send_message(m_socket.get(), message, descriptors).has_value());
  }
  template <typename Message>
  std::optional<Message> receive() {
    auto packet = receive_packet(m_socket.get(), k_max_dispatch_bytes, Wait::yes);
    if (!packet || !*packet || (*packet)->bytes.size() != sizeof(Message))
      return std::nullopt;
    Message message;
    std::memcpy(&message, (*packet)->bytes.data(), sizeof(message));
    return message.kind == Message().kind ? std::optional(message) : std::nullopt;
  }
  void add_manifest(ByteView bytes, std::uint32_t id = 0) {
    const Descriptor file = sealed_file(bytes);
    ManifestMessage message;
    message.manifest_id = id;
    send(message, {file.get()});
  }
  // Dispatches a record and returns the file for its outputs.
  Descriptor dispatch(std::uint32_t record, std::uint64_t sequence, ByteView source,
                      std::uint64_t share = 0) {
    const Descriptor file = sealed_file(source);
    Descriptor output = create_memory_file("output").value();
    RecordMessage message;
    message.record = record;
    message.sequence = sequence;
    message.memory_share = share;
    send(message, {file.get(), output.get()});
    return output;
  }
  const ResultsSegment& results() const { return *m_results; }
  void close_socket() { m_socket.reset(); }
  ChildProcess& child() { return *m_child; }
  ExitStatus wait() { return m_child->wait().value(); }

private:
  std::optional<ChildProcess> m_child;
  Descriptor m_socket;
  Descriptor m_results_file;
  MappedRegion m_mapping;
  ResultsSegment* m_results = nullptr;
};

std::uint64_t file_size(int fd) {
  struct stat status {};
  EXPECT_EQ(::fstat(fd, &status), 0);
  return static_cast<std::uint64_t>(status.st_size);
}

class ServeTest : public WorkerTest {
protected:
  static std::vector<TestRecord> two_records() {
    std::vector<TestRecord> records(2);
    records[0].source = save(photograph(120, 90), ImageFormat::png);
    records[0].outputs = {settings_for(ImageFormat::webp), at_width(settings_for(ImageFormat::jpeg), 60)};
    records[1].source = save(sprite(64, 64), ImageFormat::png);
    records[1].outputs = {settings_for(ImageFormat::png, Lossless::yes)};
    return records;
  }
};

TEST_F(ServeTest, DoesTwoQueuedRecordsInTheSandboxAndEndsWithItsSocket) {
  const std::vector<TestRecord> records = two_records();
  RunningWorker worker(SandboxMode::required);
  const auto ready = worker.receive<ReadyMessage>();
  ASSERT_TRUE(ready.has_value());
  EXPECT_EQ(ready->sandbox, 31u);
  worker.add_manifest(manifest_of(records));
  const Descriptor first = worker.dispatch(0, 1, records[0].source);
  const Descriptor second = worker.dispatch(1, 2, records[1].source);
  ASSERT_EQ(worker.receive<DoneMessage>().value().sequence, 1u);
  ASSERT_EQ(worker.receive<DoneMessage>().value().sequence, 2u);
  const auto one = copy_bank(worker.results(), 1, 0, 2, file_size(first.get()));
  const auto two = copy_bank(worker.results(), 2, 1, 1, file_size(second.get()));
  ASSERT_TRUE(one.has_value() && one->has_value() && two.has_value() && two->has_value());
  EXPECT_GT((*one)->cpu_us, 0u);
  EXPECT_GT((*one)->peak_memory, 1u << 20);
  const std::vector<Outcome> expected = optimize(records[0].source, records[0].outputs);
  for (std::size_t i = 0; i < 2; ++i) {
    const ResultSlot& slot = (*one)->outputs[i];
    ASSERT_EQ(slot.status, static_cast<std::uint32_t>(SlotStatus::encoded)) << message_of(slot);
    Bytes bytes(slot.length);
    ASSERT_TRUE(read_at(first.get(), bytes, slot.offset, "output").has_value());
    // What the sandboxed process made is what this one makes.
    EXPECT_EQ(bytes, expected[i].data);
  }
  EXPECT_EQ(worker.results().progress.running_sequence.load(), 0u);
  EXPECT_EQ(worker.results().progress.pixels.load(), 64u * 64u);
  worker.close_socket();
  EXPECT_TRUE(worker.wait().is_success());
}

TEST_F(ServeTest, AsksForMemoryAndDoesTheRecordWhenItGetsIt) {
  const std::vector<TestRecord> records = two_records();
  RunningWorker worker(SandboxMode::off);
  ASSERT_EQ(worker.receive<ReadyMessage>().value().sandbox, 0u);
  worker.add_manifest(manifest_of(records));
  const Descriptor refused = worker.dispatch(1, 1, records[1].source, 1000);
  const auto need = worker.receive<NeedsMemoryMessage>();
  ASSERT_TRUE(need.has_value());
  EXPECT_EQ(need->sequence, 1u);
  EXPECT_GT(need->bytes, 1000u);
  const Descriptor output = worker.dispatch(1, 2, records[1].source, need->bytes);
  EXPECT_EQ(worker.receive<DoneMessage>().value().sequence, 2u);
}

TEST_F(ServeTest, AnOutputBeyondTheLimitOfFilesIsWantOfMemoryAndNoDeath) {
  const std::vector<TestRecord> records = two_records();
  RunningWorker worker(SandboxMode::on);
  ASSERT_TRUE(worker.receive<ReadyMessage>().has_value());
  worker.add_manifest(manifest_of(records));
  ASSERT_TRUE(worker.child().limit_memory(UINT64_MAX, UINT64_MAX, 10));
  const Descriptor output = worker.dispatch(1, 1, records[1].source);
  ASSERT_TRUE(worker.receive<DoneMessage>().has_value());
  const auto bank = copy_bank(worker.results(), 1, 1, 1, file_size(output.get()));
  ASSERT_TRUE(bank.has_value() && bank->has_value());
  EXPECT_EQ((*bank)->outputs[0].failure, static_cast<std::uint32_t>(FailureKind::memory));
  EXPECT_LE(file_size(output.get()), 10u);
  ASSERT_TRUE(worker.child().limit_memory(UINT64_MAX, UINT64_MAX, UINT64_MAX));
  const Descriptor again = worker.dispatch(1, 2, records[1].source);
  ASSERT_TRUE(worker.receive<DoneMessage>().has_value());
  EXPECT_GT(file_size(again.get()), 10u);
}

TEST_F(ServeTest, ReportsAnImageThatIsNoneAndGoesOn) {
  std::vector<TestRecord> records = two_records();
  records[0].source = {'n', 'o', ' ', 'i', 'm', 'a', 'g', 'e'};
  RunningWorker worker(SandboxMode::on);
  ASSERT_TRUE(worker.receive<ReadyMessage>().has_value());
  worker.add_manifest(manifest_of(records));
  const Descriptor first = worker.dispatch(0, 1, records[0].source);
  ASSERT_TRUE(worker.receive<DoneMessage>().has_value());
  const auto bank = copy_bank(worker.results(), 1, 0, 2, 0);
  ASSERT_TRUE(bank.has_value() && bank->has_value());
  for (const ResultSlot& slot : (*bank)->outputs)
    EXPECT_EQ(slot.failure, static_cast<std::uint32_t>(FailureKind::unsupported_image));
  const Descriptor second = worker.dispatch(1, 2, records[1].source);
  EXPECT_TRUE(worker.receive<DoneMessage>().has_value());
}

TEST_F(ServeTest, ReportsAnEmptySource) {
  std::vector<TestRecord> records = two_records();
  records[1].source.clear();
  RunningWorker worker(SandboxMode::on);
  ASSERT_TRUE(worker.receive<ReadyMessage>().has_value());
  worker.add_manifest(manifest_of(records));
  const Descriptor output = worker.dispatch(1, 1, records[1].source);
  ASSERT_TRUE(worker.receive<DoneMessage>().has_value());
  const auto bank = copy_bank(worker.results(), 1, 1, 1, 0);
  ASSERT_TRUE(bank.has_value() && bank->has_value());
  EXPECT_EQ((*bank)->outputs[0].failure, static_cast<std::uint32_t>(FailureKind::unsupported_image));
}

TEST_F(ServeTest, EndsWithAnErrorOnAManifestOfAnotherRun) {
  RunningWorker worker(SandboxMode::on);
  ASSERT_TRUE(worker.receive<ReadyMessage>().has_value());
  worker.add_manifest(manifest_of(two_records(), {1, 2, 3}));
  EXPECT_FALSE(worker.wait().is_success());
}

TEST_F(ServeTest, RefusesASourceThatCanStillChange) {
  const std::vector<TestRecord> records = two_records();
  RunningWorker worker(SandboxMode::on);
  ASSERT_TRUE(worker.receive<ReadyMessage>().has_value());
  worker.add_manifest(manifest_of(records));
  const Descriptor open_source = create_memory_file("unsealed").value();
  ASSERT_TRUE(write_descriptor(open_source.get(), records[0].source, "unsealed").has_value());
  const Descriptor output = create_memory_file("output").value();
  RecordMessage message;
  message.sequence = 1;
  worker.send(message, {open_source.get(), output.get()});
  EXPECT_FALSE(worker.wait().is_success());
}

TEST_F(ServeTest, IgnoresInterruptAndTermination) {
  const std::vector<TestRecord> records = two_records();
  RunningWorker worker(SandboxMode::on);
  ASSERT_TRUE(worker.receive<ReadyMessage>().has_value());
  ::kill(worker.child().pid(), SIGINT);
  ::kill(worker.child().pid(), SIGTERM);
  worker.add_manifest(manifest_of(records));
  const Descriptor output = worker.dispatch(1, 1, records[1].source);
  EXPECT_TRUE(worker.receive<DoneMessage>().has_value());
}

}  // namespace
}  // namespace imgopt::test

#include "tool/plan/identify.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <thread>

#include "tests/unit/base/scratch_folder.hpp"

namespace imgopt {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t k_hour_ns = 3'600'000'000'000;

class IdentifyTest : public testing::Test {
protected:
  Identified identified() {
    ScanRequest request;
    request.sources = {scratch.path("src")};
    scanned = scan(request).value();
    return identified_as_scanned();
  }
  Identified identified_as_scanned() {
    out = std::make_unique<OutputFolder>(scratch.path("out"), 0);
    IdentifyInputs inputs;
    inputs.scan = &scanned;
    inputs.state = state ? &*state : nullptr;
    inputs.secret = &secret;
    inputs.out = out.get();
    inputs.scan_start_ns = scan_start_ns;
    inputs.time_step_ns = 10'000'000;
    inputs.is_other_boot = is_other_boot;
    inputs.threads = threads;
    inputs.max_input_size = max_input_size;
    inputs.copies_others = copies_others;
    inputs.changed = changed;
    inputs.between = between;
    return identify(inputs);
  }

  // A state that knows every file of the last scan as it was identified.
  void remember(const Identified& known, std::uint32_t flags = 0) {
    StateIdentity identity;
    identity.secret_id = secret.id();
    StateBuilder builder(identity);
    for (std::size_t i = 0; i < scanned.files.size(); ++i) {
      StateSource source;
      source.stat = known.sources[i].stat;
      source.digest = known.sources[i].digest;
      source.kind = static_cast<std::uint8_t>(known.sources[i].kind);
      source.format = static_cast<std::uint8_t>(known.sources[i].format);
      source.flags = flags;
      builder.add_source(source, scanned.files[i].name);
      const std::string output = "out/" + scanned.files[i].name;
      if (!scratch.exists(output))
        continue;
      StateOutput made;
      made.stat = scratch.stat(output);
      made.hash = sha256(view(scratch.read(output)));
      made.flags = output_flags;
      builder.add_output(made, scanned.files[i].name);
    }
    state_bytes = builder.bytes();
    state = BuildState::open(state_bytes).value();
  }

  static std::vector<Change> changes(const Identified& found) {
    std::vector<Change> changes;
    for (const IdentifiedSource& source : found.sources)
      changes.push_back(source.change);
    return changes;
  }

  void add(const std::string& name, const std::string& text) const {
    scratch.write("src/" + name, "\x89PNG\r\n\x1a\n" + text);
  }

  void touch(const std::string& name) const {
    std::filesystem::last_write_time(scratch.path(name),
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  }

  ScratchFolder scratch;
  DigestSecret secret{DigestSeed{}};
  // Long after every file was written, so that none is young.
  std::int64_t scan_start_ns = [this] {
    scratch.write("src/first.png", "\x89PNG\r\n\x1a\nfirst");
    return scratch.stat("src/first.png").ctime_ns + k_hour_ns;
  }();
  bool is_other_boot = false;
  unsigned threads = 2;
  std::uint64_t max_input_size = 0;
  bool copies_others = false;
  std::function<void(std::size_t, const IdentifiedSource&)> changed;
  std::function<void(std::size_t, std::size_t)> between;
  std::uint32_t output_flags = 0;
  ScanResult scanned;
  std::unique_ptr<OutputFolder> out;
  Bytes state_bytes;
  std::optional<BuildState> state;
};

TEST_F(IdentifyTest, HashesWhatNoStateKnows) {
  scratch.write("src/notes.txt", "text");
  const Identified found = identified();
  EXPECT_THAT(changes(found), ElementsAre(Change::added, Change::added));
  EXPECT_EQ(found.sources[0].kind, ContentKind::image);
  EXPECT_EQ(found.sources[0].format, ImageFormat::png);
  EXPECT_EQ(found.sources[0].digest, secret.digest(view(scratch.read("src/first.png"))));
  EXPECT_EQ(found.sources[1].kind, ContentKind::unknown);
  EXPECT_FALSE(found.sources[0].is_racy);
  EXPECT_TRUE(found.has_news);
}

TEST_F(IdentifyTest, BelievesStatDataThatAreTheSame) {
  Identified known = identified();
  const Digest128 digest = known.sources[0].digest;
  known.sources[0].digest.bytes[0] ^= 1;  // shows that the file is not read
  remember(known);
  const Identified found = identified();
  EXPECT_THAT(changes(found), ElementsAre(Change::none));
  EXPECT_NE(found.sources[0].digest, digest);
  EXPECT_EQ(found.sources[0].kind, ContentKind::image);
  EXPECT_FALSE(found.has_news);
}

TEST_F(IdentifyTest, ReadsAgainWhatWasYoungWhenItWasRead) {
  remember(identified(), static_cast<std::uint32_t>(SourceFlag::racy));
  const Identified found = identified();
  EXPECT_THAT(changes(found), ElementsAre(Change::touched));
  EXPECT_TRUE(found.has_news);
}

TEST_F(IdentifyTest, MarksWhatIsYoung) {
  const FileStat stat = scratch.stat("src/first.png");
  for (const std::int64_t age : {-1'000'000'000LL, 0LL, 10'000'000LL}) {
    scan_start_ns = stat.ctime_ns + age;
    EXPECT_TRUE(identified().sources[0].is_racy) << age;
  }
  scan_start_ns = stat.ctime_ns + 10'000'001;
  EXPECT_FALSE(identified().sources[0].is_racy);
}

TEST_F(IdentifyTest, TellsTouchedFromModified) {
  add("same.png", "same");
  add("other.png", "one");
  remember(identified());
  touch("src/same.png");
  add("other.png", "two");
  touch("src/other.png");
  EXPECT_THAT(changes(identified()), ElementsAre(Change::none, Change::modified, Change::touched));
}

TEST_F(IdentifyTest, ReadsLargeFilesFirstAndTellsOfNewAndChangedOnesAlone) {
  scratch.write("src/a.png", "small");
  scratch.write("src/b.png", std::string(300'000, 'b'));
  scratch.write("src/c.png", std::string(2'000'000, 'c'));
  threads = 1;
  std::vector<std::string> told;
  std::vector<std::size_t> pauses;
  changed = [&](std::size_t index, const IdentifiedSource&) { told.push_back(scanned.files[index].name); };
  between = [&](std::size_t read, std::size_t) { pauses.push_back(read); };
  remember(identified());
  EXPECT_THAT(told, ElementsAre("c.png", "b.png", "a.png", "first.png"));
  EXPECT_THAT(pauses, ElementsAre(1, 2, 3, 4, 4));
  told.clear();
  scratch.write("src/b.png", std::string(300'000, 'B'));
  identified();
  EXPECT_THAT(told, ElementsAre("b.png"));
}

TEST_F(IdentifyTest, PausesInTheCallingThreadAlone) {
  for (int i = 0; i < 100; ++i)
    scratch.write("src/" + std::to_string(i) + ".png", "x");
  const auto caller = std::this_thread::get_id();
  threads = 4;
  bool is_caller = true;
  between = [&](std::size_t, std::size_t) { is_caller = is_caller && std::this_thread::get_id() == caller; };
  identified();
  EXPECT_TRUE(is_caller);
}

TEST_F(IdentifyTest, ReadsEverythingAgainUnderAnotherSecret) {
  remember(identified());
  DigestSeed seed;
  seed.bytes.fill(1);
  secret = DigestSecret(seed);
  const Identified found = identified();
  EXPECT_THAT(changes(found), ElementsAre(Change::modified));
  EXPECT_EQ(found.sources[0].digest, secret.digest(view(scratch.read("src/first.png"))));
}

TEST_F(IdentifyTest, JoinsAddedAndGoneSourcesInTheOrderOfNames) {
  for (const char* name : {"a.png", "b/c.png", "b.png", "z.png"})
    add(name, name);
  remember(identified());
  scratch.remove("src/a.png");
  scratch.remove("src/b");
  scratch.remove("src/z.png");
  add("aa.png", "new");
  add("b/b.png", "new");
  const Identified found = identified();
  std::vector<std::string> gone;
  for (const std::uint32_t index : found.gone_sources)
    gone.emplace_back(state->text(state->sources()[index].name));
  EXPECT_THAT(gone, ElementsAre("a.png", "b/c.png", "z.png"));
  for (std::size_t i = 0; i < scanned.files.size(); ++i) {
    const std::string& name = scanned.files[i].name;
    const bool is_new = name == "aa.png" || name == "b/b.png";
    EXPECT_EQ(found.sources[i].change, is_new ? Change::added : Change::none) << name;
  }
}

TEST_F(IdentifyTest, SaysWhatCannotBeRead) {
  add("gone.png", "gone");
  identified();
  scratch.remove("src/gone.png");
  const Identified found = identified_as_scanned();
  EXPECT_EQ(found.sources[0].error.text(), "");
  EXPECT_THAT(found.sources[1].error, testing::HasSubstr("gone.png"));
}

// Its stat data say nothing of bytes that nobody saw.
TEST_F(IdentifyTest, NeverBelievesTheStatDataOfWhatCouldNotBeRead) {
  add("gone.png", "gone");
  identified();
  scratch.remove("src/gone.png");
  EXPECT_TRUE(identified_as_scanned().sources[1].is_racy);
}

TEST_F(IdentifyTest, ReadsNoImageBeyondTheLimit) {
  max_input_size = 13;
  EXPECT_EQ(identified().sources[0].error.text(), "");
  max_input_size = 12;
  const Identified found = identified();
  EXPECT_EQ(found.sources[0].error.text(),
            "13 bytes are more than the limit of 12; raise it with --max-input-size");
  EXPECT_EQ(found.sources[0].digest, Digest128());
  EXPECT_TRUE(found.sources[0].is_racy);
  EXPECT_FALSE(found.sources[0].is_unreadable());
}

TEST_F(IdentifyTest, ReadsNoOtherFileBeyondTheLimitUnlessItIsCopied) {
  scratch.write("src/movie.bin", "as long as it gets");
  max_input_size = 13;
  const Identified unread = identified();
  EXPECT_EQ(unread.sources[1].error.text(), "");
  EXPECT_EQ(unread.sources[1].kind, ContentKind::unknown);
  EXPECT_EQ(unread.sources[1].digest, Digest128());
  remember(unread);
  EXPECT_THAT(changes(identified()), ElementsAre(Change::none, Change::none));
  copies_others = true;
  const Identified read = identified();
  EXPECT_EQ(read.sources[1].digest, secret.digest(view(scratch.read("src/movie.bin"))));
  EXPECT_THAT(changes(read), ElementsAre(Change::none, Change::modified));
}

class StandingOutputTest : public IdentifyTest {
protected:
  StandingOutputTest() { scratch.write("out/first.png", "output"); }
  StandingOutput standing() { return identified().outputs.at(0); }
};

TEST_F(StandingOutputTest, StandsAsItWasLeft) {
  remember(identified());
  const Identified found = identified();
  EXPECT_TRUE(found.outputs[0].stands);
  EXPECT_TRUE(found.sources[0].outputs_stand);
  EXPECT_FALSE(found.has_news);
}

TEST_F(StandingOutputTest, StandsWhereOnlyItsTimeChanged) {
  remember(identified());
  touch("out/first.png");
  const Identified found = identified();
  EXPECT_TRUE(found.outputs[0].stands);
  EXPECT_EQ(found.outputs[0].stat, scratch.stat("out/first.png"));
  EXPECT_TRUE(found.has_news);
}

TEST_F(StandingOutputTest, ProvesNothingByTimesThatAreYoung) {
  remember(identified());
  const FileStat known = state->outputs()[0].stat;
  touch("out/first.png");
  scan_start_ns = scratch.stat("out/first.png").mtime_ns + 1;
  const StandingOutput output = standing();
  EXPECT_TRUE(output.stands);
  EXPECT_EQ(output.stat, known);
}

TEST_F(StandingOutputTest, DoesNotStandAlteredRemovedOrReplaced) {
  remember(identified());
  scratch.write("out/first.png", "OUTPUT");
  EXPECT_FALSE(standing().stands);
  scratch.write("out/first.png", "longer output");
  EXPECT_FALSE(standing().stands);
  scratch.remove("out/first.png");
  EXPECT_FALSE(standing().stands);
  scratch.make_folder("out/first.png");
  EXPECT_FALSE(standing().stands);
  EXPECT_FALSE(identified().sources[0].outputs_stand);
}

TEST_F(StandingOutputTest, DoesNotStandWhereItWasNeverMade) {
  output_flags = static_cast<std::uint32_t>(OutputFlag::missing);
  remember(identified());
  EXPECT_FALSE(standing().stands);
}

TEST_F(StandingOutputTest, IsComparedByContentAfterAReboot) {
  const Identified known = identified();
  remember(known);
  is_other_boot = true;
  EXPECT_TRUE(standing().stands);
  // The same stat data over bytes that the disk never got.
  StateBuilder builder({});
  StateSource source;
  source.stat = known.sources[0].stat;
  builder.add_source(source, "first.png");
  StateOutput lost;
  lost.stat = scratch.stat("out/first.png");
  lost.hash = sha256(view("what was written"));
  builder.add_output(lost, "first.png");
  state_bytes = builder.bytes();
  state = BuildState::open(state_bytes).value();
  EXPECT_FALSE(standing().stands);
  is_other_boot = false;
  EXPECT_TRUE(standing().stands);
}

}  // namespace
}  // namespace imgopt

// The commands that print facts, with a fake worker where they ask one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fake_worker.hpp"
#include "tool/cache/cache.hpp"
#include "tool/commands/cache_command.hpp"
#include "tool/commands/compare_command.hpp"
#include "tool/commands/version_command.hpp"
#include "tool/settings/command_line.hpp"
#include "tool/text/version.hpp"

namespace imgopt {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

// What a command returned and printed.
struct Ran {
  Result<int> status = 0;
  std::string output;
};

Ran run(Result<int> (*command)(const CommandLine&), const std::vector<std::string>& arguments) {
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(argument.c_str());
  const auto line = parse_command_line(pointers);
  EXPECT_TRUE(line) << line.error().message;
  testing::internal::CaptureStdout();
  Ran ran;
  ran.status = command(*line);
  ran.output = testing::internal::GetCapturedStdout();
  return ran;
}

constexpr const char* k_different =
    R"(echo '{"identical":false,"psnr":41.274,"ssimulacra2":86.31,"hidden_colour_differs":false,)"
    R"("a":{"width":4,"height":3,"frames":1},"b":{"width":4,"height":3,"frames":1}}')";
constexpr const char* k_identical =
    R"(echo '{"identical":true,"psnr":null,"ssimulacra2":100.0,"hidden_colour_differs":true,)"
    R"("a":{"width":4,"height":3,"frames":2},"b":{"width":4,"height":3,"frames":2}}')";
constexpr const char* k_other_size =
    R"(echo '{"identical":false,"psnr":null,"ssimulacra2":null,"hidden_colour_differs":false,)"
    R"("a":{"width":4,"height":3,"frames":1},"b":{"width":2,"height":3,"frames":5}}')";

struct TwoFiles {
  explicit TwoFiles(const std::string& script) : worker(script) {
    std::ofstream(a) << "first";
    std::ofstream(b) << "second";
  }
  FakeWorker worker;
  std::string a = worker.folder() + "/a.png";
  std::string b = worker.folder() + "/b.png";
};

TEST(Compare, DifferentImagesGiveStatusOne) {
  const TwoFiles files(k_different);
  const Ran ran = run(run_compare_command, {"compare", files.a, files.b});
  EXPECT_EQ(ran.status.value(), 1);
  EXPECT_EQ(ran.output, "identical: no\npsnr: 41.27 dB\nssimulacra2: 86.31\n");
}

TEST(Compare, IdenticalImagesGiveStatusZero) {
  const TwoFiles files(k_identical);
  const Ran ran = run(run_compare_command, {"compare", files.a, files.b});
  EXPECT_EQ(ran.status.value(), 0);
  EXPECT_EQ(ran.output,
            "identical: yes\npsnr: infinite\nssimulacra2: 100.00\ncolours under full transparency differ\n");
}

TEST(Compare, SizesAreToldWhereTheyDiffer) {
  const TwoFiles files(k_other_size);
  const Ran ran = run(run_compare_command, {"compare", files.a, files.b});
  EXPECT_EQ(ran.status.value(), 1);
  EXPECT_EQ(ran.output, "identical: no\nsize: 4 x 3 and 2 x 3, 5 frames\n");
}

TEST(Compare, JsonHoldsTheContract) {
  const TwoFiles files(k_different);
  const Ran ran = run(run_compare_command, {"compare", files.a, files.b, "--json"});
  const json answer = json::parse(ran.output);
  EXPECT_EQ(answer.at("identical"), false);
  EXPECT_EQ(answer.at("psnr"), 41.274);
  EXPECT_EQ(answer.at("ssimulacra2"), 86.31);
}

TEST(Compare, QuietPrintsNothing) {
  const TwoFiles files(k_different);
  const Ran ran = run(run_compare_command, {"compare", files.a, files.b, "--quiet"});
  EXPECT_EQ(ran.status.value(), 1);
  EXPECT_EQ(ran.output, "");
}

TEST(Compare, WorkerFindsBothFilesOpen) {
  const TwoFiles files(std::string("[ \"$(cat <&3)$(cat <&4)\" = firstsecond ] || exit 1\n") + k_identical);
  EXPECT_EQ(run(run_compare_command, {"compare", files.a, files.b}).status.value(), 0);
}

TEST(Compare, OptionsReachTheWorker) {
  const TwoFiles files(
      std::string("for word in --max-pixels=1000 --max-frames=7 --max-metadata=2000 "
                  "--max-jpeg-scans=9 --max-input-size=3000 --cpu-seconds=3 --sandbox=required; do "
                  "case \" $* \" in *\" $word \"*) ;; *) exit 1 ;; esac; done\n") +
      k_identical);
  EXPECT_EQ(run(run_compare_command, {"compare", files.a, files.b, "--max-pixels", "1000", "--timeout", "2.5",
                                      "--require-sandbox", "--max-frames", "7", "--max-metadata", "2k",
                                      "--max-jpeg-scans", "9", "--max-input-size", "3k"})
                .status.value(),
            0);
}

TEST(Compare, ImageThatCannotBeReadIsNamed) {
  const TwoFiles files(R"(echo '{"failed":"b","error":"it ends too early"}'; exit 1)");
  const Ran ran = run(run_compare_command, {"compare", files.a, files.b});
  ASSERT_FALSE(ran.status);
  EXPECT_EQ(ran.status.error().code, ErrorCode::io);
  EXPECT_EQ(ran.status.error().message, files.b + ": cannot compare: it ends too early");
}

TEST(Compare, MissingFileIsNamed) {
  const TwoFiles files(k_identical);
  const Ran ran = run(run_compare_command, {"compare", files.a, files.a + ".none"});
  ASSERT_FALSE(ran.status);
  EXPECT_EQ(ran.status.error().code, ErrorCode::not_found);
}

TEST(Compare, FolderIsNoImage) {
  const TwoFiles files(k_identical);
  EXPECT_EQ(run(run_compare_command, {"compare", files.a, files.worker.folder()}).status.error().code,
            ErrorCode::io);
}

class CompareNonsense : public testing::TestWithParam<const char*> {};

TEST_P(CompareNonsense, IsAnErrorAndNoVerdict) {
  const TwoFiles files(GetParam());
  const Ran ran = run(run_compare_command, {"compare", files.a, files.b});
  ASSERT_FALSE(ran.status);
  EXPECT_EQ(ran.status.error().code, ErrorCode::io);
  EXPECT_EQ(ran.output, "");
}

INSTANTIATE_TEST_SUITE_P(Answers, CompareNonsense,
                         testing::Values("exit 0", "echo grumble >&2; kill -SEGV $$", "echo '[]'",
                                         "echo '{}'", "echo '{\"identical\":true}'",
                                         "echo '{\"identical\":1}'", "echo '{\"identical\":true}'; exit 1",
                                         "kill -XCPU $$"));

constexpr const char* k_fingerprint =
    R"([ "$1" = --fingerprint ] || exit 1
echo '{"formats":{"png":{"digest":"000102030405060708090a0b0c0d0e0f","decode_digest":"000102030405060708090a0b0c0d0e0f",)"
    R"("description":"imgopt-png 1","loads":true,"saves":true},"jxl":{"digest":"000102030405060708090a0b0c0d0e0f",)"
    R"("decode_digest":"000102030405060708090a0b0c0d0e0f","description":"x","loads":true,"saves":false}},"objects":[]}')";

TEST(Version, NamesTheEncoders) {
  const FakeWorker worker(k_fingerprint);
  const Ran ran = run(run_version_command, {"--version"});
  EXPECT_EQ(ran.status.value(), 0);
  EXPECT_THAT(ran.output, HasSubstr("imgopt " + std::string(tool_version()) + "\n"));
  EXPECT_THAT(ran.output, HasSubstr("png   imgopt-png 1\n"));
  EXPECT_THAT(ran.output, HasSubstr("jxl   is read, not written\n"));
  EXPECT_THAT(ran.output, HasSubstr("avif  not available\n"));
}

TEST(Version, IsToldWithoutAWorker) {
  const FakeWorker worker("exit 1");
  testing::internal::CaptureStderr();
  const Ran ran = run(run_version_command, {"--version"});
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("imgopt: warning: "));
  EXPECT_EQ(ran.status.value(), 0);
  EXPECT_EQ(ran.output, "imgopt " + std::string(tool_version()) + "\n");
}

TEST(Version, JsonHoldsAbilities) {
  const FakeWorker worker(k_fingerprint);
  const json answer = json::parse(run(run_version_command, {"version", "--json"}).output);
  EXPECT_EQ(answer.at("version"), tool_version());
  EXPECT_EQ(answer.at("encoders").at("png").at("saves"), true);
  EXPECT_EQ(answer.at("encoders").at("avif").at("loads"), false);
}

// A cache with two entries of three bytes each.
std::string filled_cache(const FakeWorker& worker) {
  const std::string folder = worker.folder() + "/cache";
  auto cache = Cache::open(folder, CacheAccess::read_write);
  EXPECT_TRUE(cache);
  const Bytes payload = {1, 2, 3};
  for (std::uint8_t number = 0; number < 2; ++number) {
    Digest128 key;
    key.bytes.fill(number);
    cache->store({}, key, sha256(payload), payload);
  }
  EXPECT_TRUE(cache->flush());
  return folder;
}

TEST(CacheStats, CountEntriesAndBytes) {
  const FakeWorker worker("exit 1");
  const std::string folder = filled_cache(worker);
  const Ran ran = run(run_cache_command, {"cache", "stats", "--cache-dir", folder, "--json"});
  EXPECT_EQ(ran.status.value(), 0);
  const json stats = json::parse(ran.output);
  EXPECT_EQ(stats.at("folder"), folder);
  EXPECT_EQ(stats.at("entries"), 2);
  EXPECT_EQ(stats.at("bytes"), 2 * (3 + sizeof(EntryFooter)));
}

TEST(CacheStats, FolderThatIsNotThereIsEmptyAndStaysAway) {
  const FakeWorker worker("exit 1");
  const std::string folder = worker.folder() + "/none";
  const Ran ran = run(run_cache_command, {"cache", "stats", "--cache-dir", folder});
  EXPECT_EQ(ran.status.value(), 0);
  EXPECT_THAT(ran.output, HasSubstr("entries  0\n"));
  EXPECT_FALSE(stat_file(folder).value().has_value());
}

TEST(CacheClear, RemovesEveryEntry) {
  const FakeWorker worker("exit 1");
  const std::string folder = filled_cache(worker);
  const Ran ran = run(run_cache_command, {"cache", "clear", "--cache-dir", folder, "--json"});
  EXPECT_EQ(json::parse(ran.output).at("removed_entries"), 2);
  EXPECT_EQ(cache_contents(CachePaths(folder)).value().entries, 0U);
}

}  // namespace
}  // namespace imgopt

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "fake_worker.hpp"
#include "tool/commands/doctor_command.hpp"
#include "tool/settings/command_line.hpp"
#include "tool/workers/kernel_abilities.hpp"

namespace imgopt {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Health worst(const std::vector<Finding>& findings) {
  Health health = Health::good;
  for (const Finding& finding : findings)
    health = std::max(health, finding.health);
  return health;
}

TEST(DoctorSandbox, CompleteOneIsGood) {
  const auto findings = sandbox_findings(
      R"({"attempts":[{"name":"fork","refused":true},{"name":"open","refused":true}],"layers":["seccomp","landlock"]})");
  EXPECT_EQ(worst(findings), Health::good);
  EXPECT_EQ(findings.at(0).detail, "seccomp, landlock");
  EXPECT_EQ(findings.at(1).detail, "2 of 2 forbidden things refused");
}

TEST(DoctorSandbox, HoleIsAProblemByName) {
  const auto findings = sandbox_findings(
      R"({"attempts":[{"name":"fork","refused":false},{"name":"open","refused":true}],"layers":["seccomp"]})");
  EXPECT_EQ(worst(findings), Health::problem);
  EXPECT_THAT(findings_text(findings), HasSubstr("fork: not refused"));
}

class DoctorSandboxAnswer : public testing::TestWithParam<const char*> {};

TEST_P(DoctorSandboxAnswer, IsAProblem) {
  EXPECT_EQ(worst(sandbox_findings(GetParam())), Health::problem);
}

INSTANTIATE_TEST_SUITE_P(Answers, DoctorSandboxAnswer,
                         testing::Values("", "grumble", "[]", "{}", R"({"attempts":[],"layers":[]})",
                                         R"({"attempts":[],"layers":["seccomp"]})",
                                         R"({"attempts":[],"layers":[],"error":"landlock: not offered"})",
                                         R"({"attempts":[{"name":"fork"}],"layers":["seccomp"]})"));

TEST(DoctorTelling, VerdictFollowsTheWorstFinding) {
  std::vector<Finding> findings = {{"kernel", "pidfd", Health::good, "x"},
                                   {"cache", "room", Health::note, "y"}};
  EXPECT_THAT(findings_text(findings), HasSubstr("All is well."));
  EXPECT_EQ(json::parse(findings_json(findings)).at("healthy"), true);
  findings.push_back({"worker", "program", Health::problem, "not \xFF there"});
  EXPECT_THAT(findings_text(findings), HasSubstr("problem  worker"));
  const json told = json::parse(findings_json(findings));
  EXPECT_EQ(told.at("healthy"), false);
  EXPECT_EQ(told.at("findings").at(2).at("health"), "problem");
}

TEST(Doctor, WorkerThatCannotRunIsStatusOne) {
  const FakeWorker worker("exit 1");
  const std::string cache = "--cache-dir=" + worker.folder() + "/cache";
  const char* const arguments[] = {"doctor", "--json", cache.c_str()};
  testing::internal::CaptureStdout();
  const Result<int> status = run_doctor_command(parse_command_line(arguments).value());
  const json told = json::parse(testing::internal::GetCapturedStdout());
  EXPECT_EQ(status.value(), 1);
  EXPECT_EQ(told.at("healthy"), false);
  EXPECT_GT(told.at("findings").size(), 5U);
}

TEST(KernelAbilities, ThisKernelRunsImgOpt) {
  const KernelAbilities abilities = try_kernel();
  EXPECT_EQ(abilities.sealed_memory, Ability::present);
  EXPECT_EQ(abilities.process_descriptors, Ability::present);
}

TEST(KernelAbilities, NearestFolderIsTheOneThatExists) {
  const FakeWorker worker("exit 1");
  EXPECT_EQ(nearest_folder(worker.folder() + "/none/deeper"), worker.folder());
  EXPECT_EQ(nearest_folder(worker.folder() + "/worker/below-a-file"), worker.folder());
  EXPECT_EQ(nearest_folder("no-such-folder-here"), ".");
  EXPECT_EQ(nearest_folder("/no-such-folder-here"), "/");
}

TEST(KernelAbilities, CopiesAreTriedWhereAFolderWillBe) {
  const FakeWorker worker("exit 1");
  EXPECT_EQ(try_copies(worker.folder() + "/none").writable, Ability::present);
}

}  // namespace
}  // namespace imgopt

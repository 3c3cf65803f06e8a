#include "worker/sandbox.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/child_process.hpp"

namespace imgopt::test {
namespace {

TEST(SandboxTest, RefusesEveryForbiddenAttempt) {
  ChildSetup setup;
  setup.program = IMGOPT_WORKER_PATH;
  setup.arguments = {"--try-sandbox"};
  const auto output = run_program(setup, 1 << 16);
  ASSERT_TRUE(output.has_value());
  const nlohmann::json trial = nlohmann::json::parse(output->standard_output);
  ASSERT_FALSE(trial.contains("error")) << trial["error"];
  EXPECT_GE(trial["attempts"].size(), 20u);
  for (const auto& attempt : trial["attempts"])
    EXPECT_TRUE(attempt["refused"].get<bool>()) << attempt["name"];
  EXPECT_EQ(trial["layers"],
            (nlohmann::json{"no_new_privs", "no_capabilities", "seccomp", "landlock", "rlimits"}));
  EXPECT_TRUE(output->status.is_success());
}

TEST(SandboxTest, OffEntersNothing) {
  EXPECT_EQ(enter_sandbox(SandboxMode::off, {}).value(), 0u);
}

TEST(SandboxTest, NamesItsLayers) {
  EXPECT_EQ(sandbox_layer_names(static_cast<std::uint32_t>(SandboxLayer::landlock) |
                                static_cast<std::uint32_t>(SandboxLayer::rlimits)),
            (std::vector<std::string>{"landlock", "rlimits"}));
}

}  // namespace
}  // namespace imgopt::test

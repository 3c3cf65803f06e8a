#include "worker/commands.hpp"

#include <fmt/core.h>

#include <cstdio>
#include <span>
#include <string>

#include "protocol/dispatch.hpp"
#include "worker/compare_command.hpp"
#include "worker/fingerprint.hpp"
#include "worker/sandbox_trial.hpp"
#include "worker/serve.hpp"

namespace imgopt {

namespace {

int report(const Error& error) {
  fmt::print(stderr, "imgopt-worker: {}\n", error.message);
  return k_internal_error;
}

int run_serve() {
  const Result<void> served = serve(k_worker_socket);
  return served ? k_success : report(served.error());
}

int run_fingerprint() {
  const Result<std::string> text = fingerprint_json();
  if (!text)
    return report(text.error());
  fmt::print("{}\n", *text);
  return k_success;
}

int run_trial() {
  const SandboxTrial trial = try_sandbox();
  fmt::print("{}\n", trial.json);
  return trial.verdict == SandboxTrial::Verdict::all_refused ? k_success : k_something_passed;
}

}  // namespace

int run_worker(const std::vector<std::string_view>& arguments) {
  if (!arguments.empty() && arguments.front() == "--compare")
    return run_compare(std::span(arguments).subspan(1));
  const std::string_view option = arguments.size() == 1 ? arguments.front() : std::string_view();
  if (option == "--serve")
    return run_serve();
  if (option == "--fingerprint")
    return run_fingerprint();
  if (option == "--try-sandbox")
    return run_trial();
  if (option == "--version") {
    fmt::print("imgopt-worker {}\n", k_worker_version);
    return k_success;
  }
  fmt::print(stderr,
             "imgopt-worker: usage: imgopt-worker --serve | --fingerprint | --compare | --try-sandbox | "
             "--version\n");
  return k_wrong_arguments;
}

}  // namespace imgopt

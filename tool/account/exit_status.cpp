#include "tool/account/exit_status.hpp"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <string_view>

#include "tool/text/human_text.hpp"

namespace imgopt {

ExitCode exit_code_for(const Error& error, int signal) {
  switch (error.code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::invalid_config:
      return ExitCode::wrong_use;
    case ErrorCode::not_found:
    case ErrorCode::io:
    case ErrorCode::no_space:
    case ErrorCode::corrupt:
    case ErrorCode::worker_crashed:
    case ErrorCode::limit_exceeded:  // of an image, it would not have ended the run
      return ExitCode::surroundings;
    case ErrorCode::unsupported_image:
    case ErrorCode::corrupt_image:
      return ExitCode::found_something;
    case ErrorCode::interrupted:
      return signal == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
    case ErrorCode::internal:
      break;
  }
  return ExitCode::internal_error;
}

void print_error(const Error& error) {
  std::string_view rest = error.message;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    fmt::print(stderr, "imgopt: {}\n", printable(rest.substr(0, end)));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
}

}  // namespace imgopt

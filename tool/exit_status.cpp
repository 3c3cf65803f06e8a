#include "tool/exit_status.hpp"

#include <csignal>

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
      return ExitCode::surroundings;
    case ErrorCode::unsupported_image:
    case ErrorCode::corrupt_image:
    case ErrorCode::limit_exceeded:
      return ExitCode::found_something;
    case ErrorCode::interrupted:
      return signal == SIGTERM ? ExitCode::terminated : ExitCode::interrupted;
    case ErrorCode::internal:
      break;
  }
  return ExitCode::internal_error;
}

}  // namespace imgopt

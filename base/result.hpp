// Result<T>: what a function that can fail returns, and the Error it carries.
//
// An error code says what the caller can do; the message names the path, the operation and the cause, and is
// printed once, at the top. Exceptions of wrapped libraries stop in the file that wraps them.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace imgopt {

// Values are part of no format.
enum class ErrorCode {
  not_found,          // the thing named does not exist
  io,                 // the surroundings failed: permission, space, a system call
  no_space,           // the disk or quota is full: nothing more can be written
  corrupt,            // bytes that do not say what their format asks for; treat as absent
  invalid_argument,   // the command line is wrong
  invalid_config,     // a configuration or request file is wrong
  unsupported_image,  // an image that cannot be handled: the message says which property
  corrupt_image,      // an image whose bytes are damaged
  limit_exceeded,     // a limit on pixels, bytes, frames, memory or time was reached
  worker_crashed,     // a worker process died or broke the protocol
  interrupted,        // SIGINT or SIGTERM arrived
  internal            // a broken promise inside the program
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

// An unexpected value convertible to any Result<T>: `return fail(ErrorCode::io, "...")`.
[[nodiscard]] inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}

// The same error, its message preceded by `context` and ": ".
[[nodiscard]] inline tl::unexpected<Error> fail(std::string_view context, Error error) {
  error.message.insert(0, ": ").insert(0, context);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace imgopt

#define IMGOPT_CONCAT_INNER(a, b) a##b
#define IMGOPT_CONCAT(a, b) IMGOPT_CONCAT_INNER(a, b)

// Evaluates a Result<void> and returns its error from the enclosing function.
#define IMGOPT_TRY(expression)                                                  \
  do {                                                                          \
    if (auto imgopt_result = (expression); !imgopt_result)                      \
      return tl::unexpected<::imgopt::Error>(std::move(imgopt_result).error()); \
  } while (false)

// Declares `declaration` from a Result<T>'s value, or returns its error: IMGOPT_ASSIGN(auto file,
// open(path));
#define IMGOPT_ASSIGN(declaration, expression) \
  IMGOPT_ASSIGN_INNER(IMGOPT_CONCAT(imgopt_result_, __LINE__), declaration, expression)
#define IMGOPT_ASSIGN_INNER(result, declaration, expression)           \
  auto result = (expression);                                          \
  if (!result)                                                         \
    return tl::unexpected<::imgopt::Error>(std::move(result).error()); \
  declaration = std::move(*result)

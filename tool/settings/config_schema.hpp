// The JSON Schema of imgopt.json (draft 2020-12), made from the option table, for editors that complete and
// check.
//
// It takes and refuses what parse_config() takes and refuses, but for what a schema cannot say: whether a
// glob or a size written as text is well-formed in every detail. A test holds the two together.
#pragma once

#include <string>

namespace imgopt {

[[nodiscard]] std::string config_schema();

}  // namespace imgopt

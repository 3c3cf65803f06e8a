// A JSON text (comments allowed) as a tree whose every value knows its line, so that messages can name
// places.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace imgopt {

enum class JsonType : std::uint8_t { null, boolean, number, string, list, object };

struct JsonMember;

struct JsonValue {
  JsonType type = JsonType::null;
  std::string text;  // of a string its value, of a number its digits, of a boolean yes or no
  std::vector<JsonValue> items;
  std::vector<JsonMember> members;  // keys are unique
  std::uint32_t line = 0;           // of its first or only token, from 1
};

struct JsonMember {
  std::string key;
  std::uint32_t line = 0;
  JsonValue value;
};

// Reads `text`. `path` is named in messages: "imgopt.json:3:7: ..." for what is no JSON (line and column in
// bytes), "imgopt.json:3: ..." for a key given twice in one object. ErrorCode::invalid_config. Nesting beyond
// 32 levels is refused.
[[nodiscard]] Result<JsonValue> parse_config_json(std::string_view text, const std::string& path);

}  // namespace imgopt

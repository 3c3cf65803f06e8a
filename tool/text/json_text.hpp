// Text for JSON from bytes that may be anything, without losing any of them.
//
// JSON holds Unicode, a file name holds bytes. A byte that belongs to no valid UTF-8 sequence becomes U+FFFD
// followed by its value as two lower-case hexadecimal digits; a real U+FFFD is written as its three bytes in
// that way. So valid names stand as they are, different names stay different, and replacing every U+FFFD and
// the two digits behind it by the byte they name gives the name back.
#pragma once

#include <string>
#include <string_view>

namespace imgopt {

// `bytes` as valid UTF-8, by the rule above.
[[nodiscard]] std::string json_text(std::string_view bytes);

// The bytes that json_text() made `text` from.
[[nodiscard]] std::string bytes_of_json_text(std::string_view text);

// Appends `bytes`, by the rule above, as a JSON string with its quotes.
void append_json_string(std::string& out, std::string_view bytes);

}  // namespace imgopt

// PackedText: one text in its shortest form, for what is kept by the ten thousand.
//
// A text the program itself writes again and again is a number of a table; a UUID is 16 bytes, a
// time of RFC 3339 its seconds, a count its digits' value, and in JSON documents the names and
// words of our kinds, UUIDs and times are replaced one by one. Whatever does not come back byte
// for byte from its short form is kept as it is: no text is lost or changed.
// The table is this program's: packs are never stored and never sent (pack.h).
// Equal texts are packed to equal bytes. Pure; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "api/object/pack.h"

namespace instanced {

class PackedText {
 public:
  // Nothing: equal to the empty text.
  PackedText() = default;
  // Takes the next text; `reader`'s bytes must outlive it.
  static PackedText Take(PackReader& reader);

  bool empty() const { return form_ == Form::kPlain && bytes_.empty(); }
  std::string ToString() const;
  friend bool operator==(const PackedText& text, std::string_view other);
  // Of texts that were packed by the same function.
  friend bool operator==(const PackedText&, const PackedText&) = default;

 private:
  friend void PackText(std::string_view text, PackWriter& writer);
  friend void PackDocument(std::string_view text, PackWriter& writer);
  enum class Form : std::uint8_t { kPlain, kWord, kUuid, kTime, kNumber, kDocument };
  static bool PackShort(std::string_view text, PackWriter& writer);

  Form form_ = Form::kPlain;
  std::uint64_t value_ = 0;
  std::string_view bytes_;
};

// Appends a text; for names, ids, times and messages.
void PackText(std::string_view text, PackWriter& writer);
// The same for a JSON document. Any text is right, a canonical document becomes short.
void PackDocument(std::string_view text, PackWriter& writer);

}  // namespace instanced

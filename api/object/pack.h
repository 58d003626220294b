// Pack: values one after the other in one text, for what is kept by the ten thousand.
//
// A text of 20 characters costs 21 bytes instead of a string's 64. The form says nothing of itself:
// what was written must be read in the same order, by the same program. Never stored, never sent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace instanced {

class PackWriter {
 public:
  // Appends to `pack`, which must outlive the writer.
  explicit PackWriter(std::string& pack) : pack_(pack) {}

  void Number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) pack_.push_back(static_cast<char>(value | 0x80));
    pack_.push_back(static_cast<char>(value));
  }
  // Small for small values of either sign.
  void Signed(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    Number((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
  }
  void Text(std::string_view text) {
    Number(text.size());
    pack_.append(text);
  }
  // Without their number: the reader must know it.
  void Bytes(std::string_view bytes) { pack_.append(bytes); }

 private:
  std::string& pack_;
};

class PackReader {
 public:
  // Views it gives are of `pack`.
  explicit PackReader(std::string_view pack) : rest_(pack) {}

  std::uint64_t Number() {
    std::uint64_t value = 0;
    for (int shift = 0; !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  }
  std::int64_t Signed() {
    const std::uint64_t bits = Number();
    return static_cast<std::int64_t>((bits >> 1) ^ ((bits & 1) != 0 ? ~std::uint64_t{0} : 0));
  }
  std::string_view Text() { return Bytes(Number()); }
  std::string_view Bytes(std::size_t count) {
    const auto bytes = rest_.substr(0, count);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  bool empty() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

}  // namespace instanced

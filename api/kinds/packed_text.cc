#include "api/kinds/packed_text.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <unordered_map>
#include <vector>

#include "api/kinds/kind_traits.h"
#include "api/kinds/packed_words.h"

namespace instanced {
namespace {

constexpr int kFormBits = 3;
constexpr std::size_t kUuidSize = 36;
constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kTimeSize = 20;  // "2026-01-02T03:04:05Z"
constexpr std::size_t kTimeBytes = 5;
// Bytes that stand for something else in a document; a text that has one is kept as it is.
constexpr char kWordByte = 1;
constexpr char kUuidByte = 2;
constexpr char kTimeByte = 3;
constexpr bool IsInUse(char c) { return c == kWordByte || c == kUuidByte || c == kTimeByte; }

bool IsDash(std::size_t at) { return at == 8 || at == 13 || at == 18 || at == 23; }

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

using UuidBytes = std::array<char, kUuidBytes>;

std::optional<UuidBytes> UuidOf(std::string_view text) {
  if (text.size() != kUuidSize) return std::nullopt;
  UuidBytes bytes{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < kUuidSize; ++i) {
    if (IsDash(i)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int value = HexValue(text[i]);
    if (value < 0) return std::nullopt;
    char& byte = bytes[digits++ / 2];
    byte = static_cast<char>(static_cast<unsigned char>(byte) << 4 | value);
  }
  return bytes;
}

void AppendUuid(std::string_view bytes, std::string& out) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::array<char, kUuidSize> text;
  std::size_t at = 0;
  for (const char each : bytes.substr(0, kUuidBytes)) {
    if (IsDash(at)) text[at++] = '-';
    const auto byte = static_cast<unsigned char>(each);
    text[at++] = kDigits[byte >> 4];
    text[at++] = kDigits[byte & 15];
  }
  out.append(text.data(), at);
}

void PutDigits(unsigned value, std::size_t count, char* to) {
  for (; count > 0; value /= 10) to[--count] = static_cast<char>('0' + value % 10);
}

// Seconds since 1970, written as the texts of our clock and of Kubernetes are.
void AppendTime(std::int64_t seconds, std::string& out) {
  using namespace std::chrono;
  const sys_seconds time{std::chrono::seconds(seconds)};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto of_day = static_cast<unsigned>((time - day).count());
  std::array<char, kTimeSize + 1> text{"0000-00-00T00:00:00Z"};
  PutDigits(static_cast<unsigned>(static_cast<int>(date.year())), 4, &text[0]);
  PutDigits(static_cast<unsigned>(date.month()), 2, &text[5]);
  PutDigits(static_cast<unsigned>(date.day()), 2, &text[8]);
  PutDigits(of_day / 3600, 2, &text[11]);
  PutDigits(of_day / 60 % 60, 2, &text[14]);
  PutDigits(of_day % 60, 2, &text[17]);
  out.append(text.data(), kTimeSize);
}

std::optional<int> DigitsAt(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

// Only what AppendTime writes back byte for byte; never negative.
std::optional<std::int64_t> TimeOf(std::string_view text) {
  if (text.size() != kTimeSize || text[4] != '-' || text[7] != '-' || text[10] != 'T' ||
      text[13] != ':' || text[16] != ':' || text[19] != 'Z') {
    return std::nullopt;
  }
  const auto year = DigitsAt(text, 0, 4), month = DigitsAt(text, 5, 2), day = DigitsAt(text, 8, 2);
  const auto hour = DigitsAt(text, 11, 2), minute = DigitsAt(text, 14, 2),
             second = DigitsAt(text, 17, 2);
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (*year < 1970 || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(*year),
                            std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return (sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second))
      .time_since_epoch()
      .count();
}

// A decimal number without leading zeros, small enough for the form bits beside it.
std::optional<std::uint64_t> NumberOf(std::string_view text) {
  constexpr std::size_t kDigitsMax = 18;
  if (text.empty() || text.size() > kDigitsMax) return std::nullopt;
  if (text.front() == '0' && text.size() > 1) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

using Places = std::unordered_map<std::string_view, std::uint8_t>;

const Places& TextPlaces() {
  static const Places kPlaces = [] {
    Places places;
    for (std::size_t i = 0; i < kCommonTexts.size(); ++i) {
      places.emplace(kCommonTexts[i], static_cast<std::uint8_t>(i));
    }
    return places;
  }();
  return kPlaces;
}

// Every word twice: as a member's name (with its colon) and as a value, both with their quotes.
struct DocumentWords {
  static constexpr std::size_t kWordsMax = 256;  // a byte says which
  std::vector<std::string> words;
  Places places;

  DocumentWords() {
    words.reserve(kWordsMax);  // the places look into them
    for (const auto word : kDocumentWords) Add(word);
    for (const Kind kind : InstanceKinds()) {
      for (const auto& field : TraitsOf(kind).fields) Add(field.name);
    }
  }

 private:
  void Add(std::string_view word) {
    if (words.size() + 2 > kWordsMax) return;
    const std::string quoted = '"' + std::string(word) + '"';
    if (places.contains(quoted)) return;
    for (const auto& form : {quoted, quoted + ':'}) {
      words.push_back(form);
      places.emplace(words.back(), static_cast<std::uint8_t>(words.size() - 1));
    }
  }
};

const DocumentWords& Words() {
  static const DocumentWords kWords;
  return kWords;
}

// One quoted string of a document, with the colon behind it if it is a name.
void AppendToken(std::string_view token, std::string& out) {
  const auto& places = Words().places;
  if (const auto place = places.find(token); place != places.end()) {
    out.push_back(kWordByte);
    out.push_back(static_cast<char>(place->second));
    return;
  }
  const bool name = token.ends_with(':');
  const auto text = token.substr(1, token.size() - (name ? 3 : 2));
  if (const auto uuid = UuidOf(text)) {
    out.push_back(kUuidByte);
    out.append(uuid->data(), uuid->size());
  } else if (const auto time = TimeOf(text)) {
    out.push_back(kTimeByte);
    for (std::size_t i = 0; i < kTimeBytes; ++i) out.push_back(static_cast<char>(*time >> (8 * i)));
  } else {
    out.append(token);
    return;
  }
  if (name) out.push_back(':');
}

std::string Shortened(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto open = text.find('"', at);
    const auto close = open == text.npos ? text.npos : text.find('"', open + 1);
    if (close == text.npos) {
      out.append(text.substr(at));
      break;
    }
    out.append(text.substr(at, open - at));
    const auto end = close + 1 < text.size() && text[close + 1] == ':' ? close + 2 : close + 1;
    AppendToken(text.substr(open, end - open), out);
    at = end;
  }
  return out;
}

std::string Lengthened(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2 + 64);
  const auto take = [&bytes](std::size_t count) {
    const auto taken = bytes.substr(0, count);
    bytes.remove_prefix(taken.size());
    return taken;
  };
  while (!bytes.empty()) {
    const auto* const in_use = std::ranges::find_if(bytes, IsInUse);
    out.append(take(static_cast<std::size_t>(in_use - bytes.begin())));
    if (bytes.empty()) break;
    const char what = take(1).front();
    if (what == kWordByte) {
      out.append(Words().words[static_cast<unsigned char>(take(1).front())]);
      continue;
    }
    out.push_back('"');
    if (what == kUuidByte) {
      AppendUuid(take(kUuidBytes), out);
    } else {
      std::int64_t seconds = 0;
      const auto digits = take(kTimeBytes);
      for (std::size_t i = digits.size(); i-- > 0;) {
        seconds = seconds << 8 | static_cast<unsigned char>(digits[i]);
      }
      AppendTime(seconds, out);
    }
    out.push_back('"');
  }
  return out;
}

}  // namespace

bool PackedText::PackShort(std::string_view text, PackWriter& writer) {
  const auto head = [&writer](std::uint64_t value, Form form) {
    writer.Number(value << kFormBits | static_cast<std::uint64_t>(form));
  };
  if (const auto uuid = UuidOf(text)) {
    head(0, Form::kUuid);
    writer.Bytes({uuid->data(), uuid->size()});
  } else if (const auto time = TimeOf(text)) {
    head(static_cast<std::uint64_t>(*time), Form::kTime);
  } else if (const auto number = NumberOf(text)) {
    head(*number, Form::kNumber);
  } else if (const auto place = TextPlaces().find(text); place != TextPlaces().end()) {
    head(place->second, Form::kWord);
  } else {
    return false;
  }
  return true;
}

void PackText(std::string_view text, PackWriter& writer) {
  if (PackedText::PackShort(text, writer)) return;
  writer.Number(text.size() << kFormBits | static_cast<std::uint64_t>(PackedText::Form::kPlain));
  writer.Bytes(text);
}

void PackDocument(std::string_view text, PackWriter& writer) {
  if (text.size() < 3 || std::ranges::any_of(text, IsInUse)) {
    return PackText(text, writer);
  }
  const auto shortened = Shortened(text);
  writer.Number(shortened.size() << kFormBits |
                static_cast<std::uint64_t>(PackedText::Form::kDocument));
  writer.Bytes(shortened);
}

PackedText PackedText::Take(PackReader& reader) {
  PackedText text;
  const auto head = reader.Number();
  text.form_ = static_cast<Form>(head & ((1 << kFormBits) - 1));
  text.value_ = head >> kFormBits;
  switch (text.form_) {
    case Form::kPlain:
    case Form::kDocument:
      text.bytes_ = reader.Bytes(text.value_);
      break;
    case Form::kUuid:
      text.bytes_ = reader.Bytes(kUuidBytes);
      break;
    case Form::kWord:
    case Form::kTime:
    case Form::kNumber:
      break;
  }
  return text;
}

std::string PackedText::ToString() const {
  std::string out;
  switch (form_) {
    case Form::kPlain:
      out = bytes_;
      break;
    case Form::kWord:
      out = kCommonTexts[value_];
      break;
    case Form::kUuid:
      out.reserve(kUuidSize);
      AppendUuid(bytes_, out);
      break;
    case Form::kTime:
      out.reserve(kTimeSize);
      AppendTime(static_cast<std::int64_t>(value_), out);
      break;
    case Form::kNumber:
      out = std::to_string(value_);
      break;
    case Form::kDocument:
      out = Lengthened(bytes_);
      break;
  }
  return out;
}

bool operator==(const PackedText& text, std::string_view other) {
  if (text.form_ == PackedText::Form::kPlain) return text.bytes_ == other;
  if (text.form_ == PackedText::Form::kWord) return kCommonTexts[text.value_] == other;
  return text.ToString() == other;
}

}  // namespace instanced

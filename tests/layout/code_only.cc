#include <cctype>

#include "tests/layout/checker.h"

namespace instanced::layout {
namespace {

bool IsWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Copies a text, blanking what is not code.
class Blanker {
 public:
  explicit Blanker(const std::string& text) : text_(text) {}

  std::string Run() {
    while (at_ < text_.size()) {
      if (Looking("//")) {
        BlankUntil("\n", /*past=*/0);
      } else if (Looking("/*")) {
        BlankUntil("*/", /*past=*/2);
      } else if (Looking("R\"") && (at_ == 0 || !IsWordChar(text_[at_ - 1]))) {
        BlankRawString();
      } else if (text_[at_] == '"' && !OnIncludeLine()) {
        BlankLiteral('"');
      } else if (text_[at_] == '\'' && (at_ == 0 || !IsWordChar(text_[at_ - 1]))) {
        BlankLiteral('\'');
      } else {
        code_ += text_[at_++];
      }
    }
    return code_;
  }

 private:
  bool Looking(const std::string& at) const { return text_.compare(at_, at.size(), at) == 0; }

  bool OnIncludeLine() const {
    const auto start = text_.rfind('\n', at_);
    const std::size_t begin = start == std::string::npos ? 0 : start + 1;
    return text_.compare(begin, 8, "#include") == 0;
  }

  void BlankTo(std::size_t end) {
    for (; at_ < end && at_ < text_.size(); ++at_) code_ += text_[at_] == '\n' ? '\n' : ' ';
  }

  void BlankUntil(const std::string& mark, std::size_t past) {
    const auto found = text_.find(mark, at_ + past);
    BlankTo(found == std::string::npos ? text_.size() : found + past);
  }

  void BlankRawString() {
    const auto open = text_.find('(', at_);
    if (open == std::string::npos) return BlankTo(text_.size());
    const std::string close = ")" + text_.substr(at_ + 2, open - at_ - 2) + "\"";
    const auto end = text_.find(close, open);
    BlankTo(end == std::string::npos ? text_.size() : end + close.size());
  }

  void BlankLiteral(char quote) {
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n') {
      end += text_[end] == '\\' ? 2 : 1;
    }
    BlankTo(end + 1);
  }

  const std::string& text_;
  std::size_t at_ = 0;
  std::string code_;
};

}  // namespace

std::string CodeOnly(const std::string& text) { return Blanker(text).Run(); }

}  // namespace instanced::layout

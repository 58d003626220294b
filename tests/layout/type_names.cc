#include "tests/layout/type_names.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

#include "tests/layout/checker.h"

namespace instanced::layout {
namespace {

struct Token {
  std::string text;
  int line = 0;
};

bool IsWordChar(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// Words, "::" and single marks; preprocessor lines are left out.
std::vector<Token> TokensOf(const std::string& code) {
  std::vector<Token> tokens;
  int line = 1;
  bool line_is_fresh = true;
  for (std::size_t at = 0; at < code.size();) {
    const char c = code[at];
    if (c == '\n') {
      ++line, ++at;
      line_is_fresh = true;
    } else if (std::isspace(static_cast<unsigned char>(c))) {
      ++at;
    } else if (c == '#' && line_is_fresh) {
      for (; at < code.size() && code[at] != '\n'; ++at) {
        if (code[at] == '\\' && at + 1 < code.size() && code[at + 1] == '\n') ++line, ++at;
      }
    } else {
      std::size_t end = at + 1;
      if (IsWordChar(c)) {
        while (end < code.size() && IsWordChar(code[end])) ++end;
      } else if (code.compare(at, 2, "::") == 0) {
        end = at + 2;
      }
      tokens.push_back({code.substr(at, end - at), line});
      at = end;
      line_is_fresh = false;
    }
  }
  return tokens;
}

class Reader {
 public:
  explicit Reader(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  std::vector<DefinedType> Run() {
    while (at_ < tokens_.size()) {
      const std::string& text = tokens_[at_].text;
      if (text == "namespace") {
        ReadNamespace();
      } else if (text == "class" || text == "struct" || text == "union" || text == "enum") {
        ReadType();
      } else {
        if (text == "{") scopes_.push_back({Scope::kHidden, ""});
        if (text == "}" && !scopes_.empty()) scopes_.pop_back();
        ++at_;
      }
    }
    return std::move(found_);
  }

 private:
  struct Scope {
    enum Kind { kNamed, kHidden } kind;
    std::string name;
  };

  const std::string& TextAt(std::size_t at) const {
    static const std::string kNone;
    return at < tokens_.size() ? tokens_[at].text : kNone;
  }

  // "a::b" from `at` on, which is moved behind it; empty when no name stands there.
  std::string ReadName(std::size_t& at) const {
    std::string name;
    while (at < tokens_.size() && (IsWordChar(TextAt(at)[0]) || TextAt(at) == "::")) {
      const bool glued = name.empty() || name.ends_with("::") || TextAt(at) == "::";
      if (!glued) break;
      name += TextAt(at++);
    }
    return name;
  }

  void ReadNamespace() {
    std::size_t at = at_ + 1;
    const std::string name = ReadName(at);
    if (TextAt(at) == "{") {
      scopes_.push_back({name.empty() ? Scope::kHidden : Scope::kNamed, name});
      ++at;
    }
    at_ = at;
  }

  void SkipAttributes(std::size_t& at) const {
    if (TextAt(at) == "[") {
      while (at < tokens_.size() && TextAt(at) != "]") ++at;
      while (TextAt(at) == "]") ++at;
    }
    if (TextAt(at) == "alignas") {
      while (at < tokens_.size() && TextAt(at) != ")") ++at;
      ++at;
    }
  }

  // A definition is "keyword name [final] [: ...] {".
  void ReadType() {
    std::size_t at = at_ + 1;
    if (TextAt(at) == "class" || TextAt(at) == "struct") ++at;
    SkipAttributes(at);
    const int line = at < tokens_.size() ? tokens_[at].line : 0;
    const std::string name = ReadName(at);
    if (TextAt(at) == "final") ++at;
    if (TextAt(at) == ":") {
      while (at < tokens_.size() && TextAt(at) != "{" && TextAt(at) != ";") ++at;
    }
    at_ = at;
    if (TextAt(at) != "{") return;
    ++at_;
    const bool visible = !name.empty() && std::ranges::all_of(scopes_, [](const Scope& scope) {
      return scope.kind == Scope::kNamed;
    });
    if (visible) found_.push_back({Qualified(name), line});
    scopes_.push_back({visible ? Scope::kNamed : Scope::kHidden, name});
  }

  std::string Qualified(const std::string& name) const {
    std::string whole;
    for (const Scope& scope : scopes_) whole += scope.name + "::";
    return whole + name;
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::vector<Scope> scopes_;
  std::vector<DefinedType> found_;
};

}  // namespace

std::vector<DefinedType> DefinedTypes(const std::string& text) {
  return Reader(TokensOf(CodeOnly(text))).Run();
}

}  // namespace instanced::layout

#include <cctype>
#include <charconv>
#include <utility>

#include "controller/source/manifest/cel_node.h"

namespace instanced {
namespace {

using Kind = CelNode::Kind;
using NodePtr = std::unique_ptr<CelNode>;
constexpr int kDepthMax = 100;

NodePtr Make(Kind kind, NodePtr left = nullptr, NodePtr right = nullptr) {
  auto node = std::make_unique<CelNode>();
  node->kind = kind;
  if (left) node->args.push_back(std::move(left));
  if (right) node->args.push_back(std::move(right));
  return node;
}

// Recursive descent; the first failure is kept and every step after it yields a literal.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::expected<NodePtr, std::string> Run() {
    auto node = Or();
    Blank();
    if (error_.empty() && at_ != text_.size()) Fail("the end");
    if (!error_.empty()) return std::unexpected(error_);
    return node;
  }

 private:
  NodePtr Fail(std::string_view expected) {
    if (error_.empty()) {
      error_ = "expected " + std::string(expected) + " at character " + std::to_string(at_ + 1);
    }
    at_ = text_.size();
    return Make(Kind::kLiteral);
  }

  void Blank() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }

  bool Take(std::string_view token) {
    Blank();
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void Need(std::string_view token) {
    if (!Take(token)) Fail(token);
  }

  NodePtr Or() {
    if (++depth_ > kDepthMax) return Fail("fewer brackets");
    auto left = And();
    while (Take("||")) left = Make(Kind::kOr, std::move(left), And());
    --depth_;
    return left;
  }

  NodePtr And() {
    auto left = Relation();
    while (Take("&&")) left = Make(Kind::kAnd, std::move(left), Relation());
    return left;
  }

  NodePtr Relation() {
    auto left = Unary();
    constexpr std::pair<std::string_view, Kind> kOperators[]{
        {"==", Kind::kEqual},       {"!=", Kind::kNotEqual},
        {"<=", Kind::kLessOrEqual}, {">=", Kind::kGreaterOrEqual},
        {"<", Kind::kLess},         {">", Kind::kGreater},
        {"in ", Kind::kIn}};
    for (const auto& [token, kind] : kOperators) {
      if (Take(token)) return Make(kind, std::move(left), Unary());
    }
    return left;
  }

  NodePtr Unary() {
    if (++depth_ > kDepthMax) return Fail("fewer negations");
    auto node = Take("!") ? Make(Kind::kNot, Unary()) : Members();
    --depth_;
    return node;
  }

  NodePtr Members() {
    auto node = Primary();
    while (Take(".")) {
      std::string name = Word();
      if (name.empty()) return Fail("a member's name");
      if (name == "startsWith") {
        Need("(");
        node = Make(Kind::kStartsWith, std::move(node), Or());
        Need(")");
      } else if (name == "all") {
        node = All(std::move(node));
      } else {
        node = Make(Kind::kMember, std::move(node));
        node->name = std::move(name);
      }
    }
    return node;
  }

  NodePtr All(NodePtr range) {
    Need("(");
    std::string variable = Word();
    Need(",");
    auto node = Make(Kind::kAll, std::move(range), Or());
    node->name = std::move(variable);
    Need(")");
    return node;
  }

  NodePtr Primary() {
    Blank();
    if (at_ == text_.size()) return Fail("a value");
    const char c = text_[at_];
    if (c == '\'' || c == '"') return Text(c);
    if (std::isdigit(static_cast<unsigned char>(c)) != 0) return Number();
    if (Take("(")) {
      auto node = Or();
      Need(")");
      return node;
    }
    if (Take("[")) return List();
    return Named();
  }

  NodePtr Text(char quote) {
    const auto end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) return Fail("the end of the text");
    const auto content = text_.substr(at_ + 1, end - at_ - 1);
    if (content.find('\\') != std::string_view::npos) return Fail("text without backslashes");
    auto node = Make(Kind::kLiteral);
    node->value = std::string(content);
    at_ = end + 1;
    return node;
  }

  NodePtr Number() {
    std::int64_t value = 0;
    const auto* begin = text_.data() + at_;
    const auto [stop, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc()) return Fail("a whole number");
    at_ += static_cast<std::size_t>(stop - begin);
    auto node = Make(Kind::kLiteral);
    node->value = value;
    return node;
  }

  NodePtr List() {
    auto node = Make(Kind::kList);
    if (Take("]")) return node;
    do {
      node->args.push_back(Or());
    } while (Take(","));
    Need("]");
    return node;
  }

  NodePtr Named() {
    std::string name = Word();
    if (name.empty()) return Fail("a value");
    if (name == "true" || name == "false") {
      auto node = Make(Kind::kLiteral);
      node->value = name == "true";
      return node;
    }
    if (name == "has" || name == "size") {
      Need("(");
      auto node = Make(name == "has" ? Kind::kHas : Kind::kSize, Or());
      Need(")");
      if (name == "has" && node->args[0]->kind != Kind::kMember) return Fail("a member in has()");
      return node;
    }
    auto node = Make(Kind::kName);
    node->name = std::move(name);
    return node;
  }

  std::string Word() {
    Blank();
    const std::size_t start = at_;
    while (at_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 || text_[at_] == '_')) {
      ++at_;
    }
    return std::string(text_.substr(start, at_ - start));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::string error_;
};

}  // namespace

std::expected<NodePtr, std::string> ParseCel(std::string_view text) { return Parser(text).Run(); }

}  // namespace instanced

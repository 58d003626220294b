// The tree of one CEL rule. For cel_parser.cc and cel_rule.cc only.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

namespace instanced {

struct CelNode {
  enum class Kind {
    kLiteral,     // value
    kName,        // name: self, oldSelf or a variable of all()
    kMember,      // args[0].name
    kHas,         // has(args[0].name)
    kSize,        // size(args[0])
    kStartsWith,  // args[0].startsWith(args[1])
    kAll,         // args[0].all(name, args[1])
    kList,        // [args...]
    kIn,
    kNot,
    kAnd,
    kOr,
    kEqual,
    kNotEqual,
    kLess,
    kLessOrEqual,
    kGreater,
    kGreaterOrEqual,
  };
  Kind kind = Kind::kLiteral;
  std::string name;
  nlohmann::json value;
  std::vector<std::unique_ptr<CelNode>> args;
};

std::expected<std::unique_ptr<CelNode>, std::string> ParseCel(std::string_view text);

}  // namespace instanced

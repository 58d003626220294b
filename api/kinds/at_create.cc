#include "api/kinds/at_create.h"

namespace instanced {

AtCreate AtCreateOf(const KindTraits& traits, std::string_view field) {
  // CreateInstance of Connect takes the two switches of calls and no other attribute:
  // https://docs.aws.amazon.com/connect/latest/APIReference/API_CreateInstance.html
  const bool attribute = traits.kind == Kind::kConnectInstance && field == "attributes";
  return attribute ? AtCreate::kAfterwards : AtCreate::kSent;
}

}  // namespace instanced

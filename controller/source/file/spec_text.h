// SpecText: the canonical text of an instance's spec without making a document of it.
//
// ToJson(spec).dump() for most specs. Names that JSON would write with escapes, and fields that are
// not in canonical form, come out otherwise: who relies on it compares once and keeps the text
// where it differs. Works on InstanceSpec and on InstanceView::Spec. Pure.
#pragma once

#include <string>
#include <string_view>

#include "api/kinds/packed_instance.h"

namespace instanced {

std::string SpecText(const InstanceSpec& spec);
std::string SpecText(const InstanceView::Spec& spec);

}  // namespace instanced

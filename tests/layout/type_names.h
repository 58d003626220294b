// The types a file defines under names that other files could use as well.
//
// Two types of one qualified name in one program are undefined behaviour that no compiler reports:
// the linker keeps one of the two destructors. So no name may be defined in two files of the tree.
// Pure. Understands what the house style writes; code it cannot read defines nothing.
#pragma once

#include <string>
#include <vector>

namespace instanced::layout {

struct DefinedType {
  std::string name;  // "instanced::aws::Account", with the types it is nested in
  int line = 0;
};

// Classes, structs, unions and enumerations, in order; those in unnamed namespaces and in
// functions, and specialisations of templates, are nobody else's business and left out.
std::vector<DefinedType> DefinedTypes(const std::string& text);

}  // namespace instanced::layout

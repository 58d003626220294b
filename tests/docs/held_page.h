// A page of docs/ that a program writes, and that a test holds equal to what it would write now.
#pragma once

#include <string>

namespace instanced::docs {

// The whole main() of such a program: `PROGRAM --write FILE` or `PROGRAM --check FILE`; the latter
// names the first line that differs and exits with 1. `source` is what the page tells of.
int HoldPage(int argc, char** argv, const std::string& source, const std::string& page);

}  // namespace instanced::docs

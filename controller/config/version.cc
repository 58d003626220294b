#include "controller/config/version.h"

namespace instanced {

std::string_view ProgramVersion() { return INSTANCED_VERSION; }

}  // namespace instanced

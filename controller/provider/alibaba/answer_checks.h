// Failures of answers that arrived, say they succeeded, and lack what they must have.
#pragma once

#include <string_view>

#include "api/error/error.h"

namespace instanced::alibaba {

// A read answered without its subject: nothing is known, and it may be there next time.
Error IncompleteRead(std::string_view operation);
// A create answered without an id: it may well have been made.
Error IncompleteCreate(std::string_view operation);

}  // namespace instanced::alibaba

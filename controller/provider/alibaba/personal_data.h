// Whether names, addresses and numbers of persons may reach a status.
#pragma once

namespace instanced::alibaba {

enum class PersonalData { kHide, kShow };

}  // namespace instanced::alibaba

// Many objects at once, faster than kubectl's own pace of five requests a second.
#pragma once

#include <filesystem>
#include <vector>

#include "tests/e2e/manifests.h"

namespace instanced::e2e {

// POSTs every manifest (of our kinds, with its namespace), some at a time; fails the test with the
// first refusal.
void CreateMany(const std::filesystem::path& kubeconfig, const std::vector<Json>& manifests);

}  // namespace instanced::e2e

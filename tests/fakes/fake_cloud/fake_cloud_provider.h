// One kind of a FakeCloud behind the provider seam: the calls, as fake_cloud.h promises them.
#pragma once

#include <memory>

#include "controller/provider/provider.h"

namespace instanced {

class FakeCloud;

// The cloud outlives it.
std::shared_ptr<InstanceProvider> MakeFakeCloudProvider(FakeCloud& cloud, Kind kind);

}  // namespace instanced

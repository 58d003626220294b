// Virtual time that runs at a settable multiple of real time. Pure: real time is an argument.
#pragma once

#include "tests/cloudsim/world/settings.h"

namespace instanced::cloudsim {

// Both clocks count milliseconds since the Unix epoch.
class VirtualClock {
 public:
  VirtualClock(Millis real_now, double scale)
      : real_base_(real_now), virtual_base_(real_now), scale_(scale) {}

  Millis At(Millis real_now) const {
    return virtual_base_ + static_cast<Millis>(static_cast<double>(real_now - real_base_) * scale_);
  }
  void Advance(Millis by) { virtual_base_ += by; }
  void SetScale(double scale, Millis real_now) {
    virtual_base_ = At(real_now);
    real_base_ = real_now;
    scale_ = scale;
  }
  double scale() const { return scale_; }

  Json ToJson() const {
    return {{"real", real_base_}, {"virtual", virtual_base_}, {"scale", scale_}};
  }
  // Continues a stored clock: the time the program was down has passed for the clouds too.
  void Restore(const Json& json) {
    real_base_ = json.at("real");
    virtual_base_ = json.at("virtual");
    scale_ = json.at("scale");
  }

 private:
  Millis real_base_;
  Millis virtual_base_;
  double scale_;
};

}  // namespace instanced::cloudsim

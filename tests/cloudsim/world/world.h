// The simulated clouds' memory: instances by serial, id and natural key, idempotency tokens,
// create/delete churn. Pure: time is an argument, ids follow from seed and serial, and every
// change is handed to a Recorder before the call that made it returns.
//
// Single-threaded. The operations of the four APIs are free functions over this class
// (connect.h, supply_chain.h, ccc.h, outbound_bot.h).
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/cloudsim/world/instance.h"

namespace instanced::cloudsim {

// Takes one state record. World::Apply on the same records in the same order restores the world.
using Recorder = std::function<void(const Json& record)>;

struct TokenUse {
  std::string id;
  std::string digest;  // of the request without its token
  Millis at = 0;
};

class World {
 public:
  World(Settings settings, std::uint64_t seed, Recorder recorder);

  Settings& settings() { return settings_; }
  const Settings& settings() const { return settings_; }

  // A new instance with its serial and id set; it joins the world with Put.
  Instance Draft(Service service, const std::string& account, const std::string& region,
                 Millis now);
  void Put(Instance instance);
  // Changes an instance and keeps its former contents for lagging reads.
  void Change(const Instance& instance, Millis now, const std::function<void(Instance&)>& edit);
  void Drop(const Instance& instance);

  // Null when unknown, of another account or region, or gone. Empty account or region: any.
  const Instance* Find(Service service, const std::string& id, const std::string& account,
                       const std::string& region, Millis now);
  // The instance that holds a natural key (alias, domain, name), or null.
  const Instance* Holder(Service service, const std::string& scope, const std::string& name,
                         Millis now) const;
  // In creation order. Gone instances are dropped on the way.
  std::vector<const Instance*> All(Service service, const std::string& account,
                                   const std::string& region, Millis now);
  // Calls `visit` from serial `after` on, in order, until it returns false.
  void Scan(Service service, std::uint64_t after,
            const std::function<bool(const Instance&)>& visit) const;
  std::int64_t Count(Service service, const std::string& account, const std::string& region,
                     Millis now);

  const TokenUse* Token(const std::string& key, Millis now) const;
  void UseToken(const std::string& key, TokenUse use);

  std::int64_t Churn(const std::string& account, Millis now) const;
  void AddChurn(const std::string& account, Millis now);

  // A random-looking, reproducible UUID; never the same twice, also over restarts.
  std::string NewId();
  // Where the next id comes from; a record {"serial": n} restores it.
  std::uint64_t next_serial() const { return next_serial_; }
  // 0 <= result < 1, from the seed; not stored.
  double Chance();

  void Apply(const Json& record);
  void Dump(const Recorder& out) const;
  void Clear();

 private:
  void Index(const Instance& instance);
  void Unindex(const Instance& instance);

  Settings settings_;
  std::uint64_t seed_;
  std::uint64_t chance_state_;
  Recorder record_;
  std::uint64_t next_serial_ = 1;
  std::map<Service, std::map<std::uint64_t, Instance>> instances_;
  std::unordered_map<std::string, std::uint64_t> by_id_;
  std::unordered_map<std::string, std::uint64_t> by_name_;
  std::unordered_map<std::string, TokenUse> tokens_;
  std::map<std::string, std::deque<Millis>> churn_;
};

}  // namespace instanced::cloudsim

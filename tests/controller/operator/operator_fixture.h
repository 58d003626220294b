// A fake API server in virtual time, a client of it, and a cache that tests fill by hand.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/informer/informer.h"
#include "tests/fakes/fake_api_server/fake_api_server.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"

namespace instanced {

class OperatorTest : public testing::Test {
 protected:
  std::function<void(Task<void>)> Spawn() {
    return [this](Task<void> task) { loop_.group().Spawn(std::move(task)); };
  }
  const Clock& clock() { return loop_.executor().clock(); }
  void Idle() { loop_.executor().RunUntilIdle(); }
  void Pass(Duration time) { loop_.executor().Advance(time); }

  static ObjectKey Desk(const std::string& name = "desk") {
    return {Kind::kConnectInstance, "team", name};
  }
  static InstancePtr Instance(const ObjectKey& key, const std::string& config = "default") {
    auto object = std::make_shared<InstanceObject>();
    object->meta.key = key;
    object->meta.uid = "uid-of-" + key.name;
    object->meta.resource_version = "1";
    object->spec.provider_config_ref = config;
    return object;
  }
  Change Put(ObjectPtr object, ChangeKind kind = ChangeKind::kAdded) {
    cache_.Put(object);
    return {kind, std::nullopt, std::move(object)};
  }
  Change Remove(const ObjectPtr& object) {
    cache_.Erase(MetaOf(object).key, "");
    return {ChangeKind::kDeleted, std::nullopt, object};
  }

  LoopInbox loop_;
  FakeApiServer server_{loop_.executor().clock()};
  KubeClient client_{server_, server_, loop_.executor().clock(), KubeConfig{}, ReadSmallFile,
                     {},      nullptr};
  ObjectCache cache_;
  StopSource stop_;
};

}  // namespace instanced

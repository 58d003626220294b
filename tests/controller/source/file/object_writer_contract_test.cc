// The contract of object_writer_contract.h, asked of the journal's store and of the one in memory.
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/journal/journal.h"
#include "controller/source/file/journal_object_store.h"
#include "tests/controller/source/file/line_manifests.h"
#include "tests/controller/source/object_writer_contract.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"
#include "tests/fakes/memory_store/memory_store.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced {
namespace {

class JournalWorld {
 public:
  JournalWorld() {
    JournalOptions options;
    options.path = directory_.path() + "/s.db";
    SeededRandom random(5);
    journal_ = std::move(*Journal::Open(options, random, loop.Poster()));
    store_ = std::make_unique<JournalObjectStore>(*journal_, loop.executor().clock(), "owner");
    EXPECT_TRUE(loop.Await(store_->Load()));
    store_->Attach(seen.Sink());
  }
  ObjectWriter& writer() { return *store_; }
  void Want(const std::string& name, const std::string& word) {
    EXPECT_TRUE(
        loop.Await(store_->Apply({{PackedDesired(Declare(name, word), SpecOf(word))}, {}})));
  }
  void Unwant(const std::string& name) {
    EXPECT_TRUE(loop.Await(store_->Apply({{}, {KeyOf(name)}})));
  }
  LoopInbox loop;
  Seen seen;

 private:
  TempDirectory directory_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<JournalObjectStore> store_;
};

class MemoryWorld {
 public:
  MemoryWorld() : store_(loop.executor().clock()) {
    loop.group().Spawn(store_.Run(seen.Sink(), {}));
    loop.executor().RunUntilIdle();
  }
  ObjectWriter& writer() { return store_; }
  void Want(const std::string& name, const std::string& word) {
    InstanceSpec spec;
    spec.for_provider = nlohmann::json{{"instanceAlias", word}}.dump();
    store_.Declare(KeyOf(name), spec);
  }
  void Unwant(const std::string& name) { store_.Delete(KeyOf(name)); }
  LoopInbox loop;
  Seen seen;

 private:
  MemoryStore store_;
};

using Worlds = testing::Types<JournalWorld, MemoryWorld>;
INSTANTIATE_TYPED_TEST_SUITE_P(FileStores, ObjectWriterContract, Worlds);

}  // namespace
}  // namespace instanced

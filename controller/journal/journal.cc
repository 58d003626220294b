#include "controller/journal/journal.h"

#include <utility>

#include "controller/journal/journal_worker.h"
#include "controller/task/completion.h"

namespace instanced {
namespace {

template <class T>
std::optional<Error> StoreFailure(const Result<T>& result) {
  if (result || result.error().error_class != ErrorClass::kStore) return std::nullopt;
  return result.error();
}

// The job that runs `act` and sets `done` on the loop, once its transaction is committed.
template <class T>
JournalJob MakeJob(JournalJob::Access access, std::function<Result<T>(JournalFile&)> act,
                   Completion<Result<T>> done) {
  auto answer = std::make_shared<std::optional<Result<T>>>();
  return JournalJob{.access = access,
                    .run =
                        [act = std::move(act), answer](JournalFile& file) {
                          answer->emplace(act(file));
                          return StoreFailure(**answer);
                        },
                    .finish =
                        [answer, done = std::move(done)](std::optional<Error> failure) {
                          done.Set(failure ? Result<T>(std::unexpected(std::move(*failure)))
                                           : std::move(**answer));
                        }};
}

using Access = JournalJob::Access;

}  // namespace

Journal::Journal(std::unique_ptr<Worker> worker) : worker_(std::move(worker)) {}
Journal::~Journal() = default;

Result<std::unique_ptr<Journal>> Journal::Open(const JournalOptions& options, Random& random,
                                               LoopPoster poster, JournalObserver* observer,
                                               JournalHands hands) {
  auto file = JournalFile::Open(options, random);
  if (!file) return std::unexpected(std::move(file.error()));
  return std::unique_ptr<Journal>(
      new Journal(std::make_unique<Worker>(std::move(*file), std::move(poster), observer, hands)));
}

const std::string& Journal::OwnerId() const { return worker_->file().owner_id(); }
const DamageReport& Journal::Damage() const { return worker_->file().damage(); }
JournalHealth Journal::Health() const { return worker_->Health(); }
std::optional<Error> Journal::Trouble() const {
  auto health = Health();
  if (health.state == StoreHealth::kGreen) return std::nullopt;
  return Fail(ErrorClass::kStore, "StateFile", std::move(health.message)).error();
}

bool Journal::HasWork() const { return worker_->HasWork(); }
void Journal::Work() { worker_->Work(); }

Task<Result<void>> Journal::Probe() {
  Completion<Result<void>> done;
  worker_->Submit(
      MakeJob<void>(Access::kWrite, [](JournalFile& file) { return file.Probe(); }, done));
  co_return co_await done;
}

Task<Result<LoadedObjects>> Journal::LoadObjects() {
  Completion<Result<LoadedObjects>> done;
  worker_->Submit(MakeJob<LoadedObjects>(
      Access::kRead, [](JournalFile& file) { return file.LoadObjects(); }, done));
  co_return co_await done;
}

Task<Result<std::int64_t>> Journal::PutObject(ObjectPut put) {
  Completion<Result<std::int64_t>> done;
  worker_->Submit(MakeJob<std::int64_t>(
      Access::kWrite,
      [put = std::move(put)](JournalFile& file) { return file.PutObject(put.row, put.expected); },
      done));
  co_return co_await done;
}

Task<std::vector<Result<std::int64_t>>> Journal::PutObjects(std::vector<ObjectPut> puts) {
  using Answers = std::vector<Result<std::int64_t>>;
  const std::size_t count = puts.size();
  Completion<Result<Answers>> done;
  worker_->Submit(MakeJob<Answers>(
      Access::kWrite,
      [puts = std::move(puts)](JournalFile& file) -> Result<Answers> {
        Answers answers;
        for (const auto& put : puts) {
          answers.push_back(file.PutObject(put.row, put.expected));
          if (auto failure = StoreFailure(answers.back())) return std::unexpected(*failure);
        }
        return answers;
      },
      done));
  auto answers = co_await done;
  if (answers) co_return std::move(*answers);
  co_return Answers(count, std::unexpected(answers.error()));
}

Task<Result<void>> Journal::DeleteObject(ObjectKey key, std::int64_t expected) {
  Completion<Result<void>> done;
  worker_->Submit(MakeJob<void>(
      Access::kWrite,
      [key = std::move(key), expected](JournalFile& file) {
        return file.DeleteObject(key, expected);
      },
      done));
  co_return co_await done;
}

Task<Result<std::vector<HistoryEntry>>> Journal::History(HistoryQuery query) {
  using Entries = std::vector<HistoryEntry>;
  Completion<Result<Entries>> done;
  worker_->Submit(MakeJob<Entries>(
      Access::kRead, [query = std::move(query)](JournalFile& file) { return file.History(query); },
      done));
  co_return co_await done;
}

void Journal::Append(HistoryEntry entry) { worker_->AppendHistory(std::move(entry)); }

Task<Result<void>> Journal::RecordChurn(ChurnEntry entry) {
  Completion<Result<void>> done;
  worker_->Submit(MakeJob<void>(
      Access::kWrite,
      [entry = std::move(entry)](JournalFile& file) { return file.RecordChurn(entry); }, done));
  co_return co_await done;
}

Task<Result<void>> Journal::WithdrawChurn(std::string account, std::string identity) {
  Completion<Result<void>> done;
  worker_->Submit(MakeJob<void>(
      Access::kWrite,
      [account = std::move(account), identity = std::move(identity)](JournalFile& file) {
        return file.WithdrawChurn(account, identity);
      },
      done));
  co_return co_await done;
}

Task<Result<std::vector<ChurnEntry>>> Journal::LoadChurn(WallTime since) {
  using Entries = std::vector<ChurnEntry>;
  Completion<Result<Entries>> done;
  worker_->Submit(MakeJob<Entries>(
      Access::kRead, [since](JournalFile& file) { return file.LoadChurn(since); }, done));
  co_return co_await done;
}

Task<Result<void>> Journal::SaveDocument(LedgerDocument document) {
  Completion<Result<void>> done;
  worker_->Submit(MakeJob<void>(
      Access::kWrite,
      [document = std::move(document)](JournalFile& file) { return file.SaveDocument(document); },
      done));
  co_return co_await done;
}

Task<Result<std::vector<LedgerDocument>>> Journal::LoadDocuments() {
  using Documents = std::vector<LedgerDocument>;
  Completion<Result<Documents>> done;
  worker_->Submit(MakeJob<Documents>(
      Access::kRead, [](JournalFile& file) { return file.LoadDocuments(); }, done));
  co_return co_await done;
}

}  // namespace instanced

// A provider plugin: raw disk images for virtual machines, sparse files in one folder.
//
//   disk_image_plugin --folder DIR [--listen unix:/path]
//
// An instance is the folder DIR/NAME with image.raw and instance.json (id, token, mark). It is made
// under another name and renamed into place, which either happens or does not: there is never an
// image without its mark, and of two makers one wins. Needs nothing but a file system.
//
// Built like any gRPC server: protoc for provider.proto, g++ -std=c++20, -lgrpc++ -lprotobuf and
// Debian's nlohmann-json3-dev.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>

#include <grpcpp/grpcpp.h>
#include <nlohmann/json.hpp>

#include "api/provider/v1/provider.grpc.pb.h"

namespace disk_images {

namespace fs = std::filesystem;
namespace pb = instanced::provider::v1;
using nlohmann::json;
using Context = grpc::ServerContext;

constexpr std::int64_t kLeastBytes = 4096;
constexpr std::int64_t kMostBytes = 1LL << 40;

const char* kSchema = R"({
  "type": "object",
  "required": ["name", "sizeBytes"],
  "additionalProperties": false,
  "properties": {
    "name": {"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"},
    "sizeBytes": {"type": "integer", "minimum": 4096, "maximum": 1099511627776,
                  "description": "may grow, never shrink"},
    "mode": {"type": "string", "pattern": "^0[0-7]{3}$", "default": "0600"}
  },
  "examples": [
    {"name": "disk-{unique}", "sizeBytes": 1048576, "mode": "0640"},
    {"name": "disk-{unique}", "sizeBytes": 2097152, "mode": "0640"}
  ]
})";

std::string RandomWord() {
  std::random_device device;
  std::string word;
  for (int i = 0; i < 16; ++i) word += "0123456789abcdef"[device() % 16];
  return word;
}

grpc::Status Failure(grpc::StatusCode code, pb::ErrorClass error_class, const std::string& word,
                     const std::string& message) {
  pb::ErrorDetail detail;
  detail.set_error_class(error_class);
  detail.set_code(word);
  pb::Status status;
  status.set_code(code);
  status.set_message(message);
  status.add_details()->PackFrom(detail);
  return {code, message, status.SerializeAsString()};
}

grpc::Status NoSuchImage() {
  return Failure(grpc::StatusCode::NOT_FOUND, pb::ERROR_CLASS_NOT_FOUND, "NoSuchImage",
                 "there is no such disk image");
}

// From errno: a full disk is a quota, what is not allowed is the plugin's own right.
grpc::Status DiskFailure(const std::string& what, int why) {
  const std::string message = what + ": " + std::strerror(why);
  if (why == ENOSPC || why == EDQUOT || why == EFBIG) {
    return Failure(grpc::StatusCode::RESOURCE_EXHAUSTED, pb::ERROR_CLASS_QUOTA, "NoSpace", message);
  }
  if (why == EACCES || why == EPERM || why == EROFS) {
    return Failure(grpc::StatusCode::PERMISSION_DENIED, pb::ERROR_CLASS_AUTH, "NotAllowed",
                   message);
  }
  return Failure(grpc::StatusCode::INTERNAL, pb::ERROR_CLASS_TRANSIENT, "DiskError", message);
}

struct Image {
  fs::path folder;
  json record;  // id, token, owner, uid, name
  struct stat file = {};
};

bool WriteRecord(const fs::path& folder, const json& record) {
  const auto fresh = folder / "instance.json.new";
  {
    std::ofstream out(fresh);
    out << record.dump(1) << "\n";
    if (!out.flush()) return false;
  }
  std::error_code failure;
  fs::rename(fresh, folder / "instance.json", failure);
  return !failure;
}

std::string ModeText(mode_t mode) {
  char text[8];
  std::snprintf(text, sizeof text, "0%03o", static_cast<unsigned>(mode & 0777));
  return text;
}

class Images final : public pb::Provider::Service {
 public:
  Images(fs::path folder, std::string scope)
      : folder_(std::move(folder)), scope_(std::move(scope)) {}

  grpc::Status Handshake(Context*, const pb::HandshakeRequest*,
                         pb::HandshakeResponse* response) override {
    response->set_protocol_version(1);
    response->set_plugin_name("disk-images");
    response->set_plugin_version("1.0");
    response->set_scope(scope_);
    response->set_boot_id(boot_id_);
    response->add_capabilities(pb::CAPABILITY_UPDATE);
    return grpc::Status::OK;
  }

  grpc::Status GetSchema(Context*, const pb::GetSchemaRequest*,
                         pb::GetSchemaResponse* response) override {
    response->set_json_schema(kSchema);
    response->add_immutable_fields("name");
    return grpc::Status::OK;
  }

  grpc::Status Observe(Context*, const pb::ObserveRequest* request,
                       pb::ObserveResponse* response) override {
    const std::lock_guard lock(mutex_);
    const auto image = Find(request->external_name());
    if (!image) return NoSuchImage();
    Show(*image, *response->mutable_instance());
    return grpc::Status::OK;
  }

  grpc::Status Create(Context*, const pb::CreateRequest* request,
                      pb::CreateResponse* response) override {
    const auto parameters = json::parse(request->parameters_json(), nullptr, false);
    if (const auto wrong = Refuse(parameters); !wrong.empty()) {
      return Failure(grpc::StatusCode::INVALID_ARGUMENT, pb::ERROR_CLASS_VALIDATION, "Invalid",
                     wrong);
    }
    const std::lock_guard lock(mutex_);
    const auto place = folder_ / parameters["name"].get<std::string>();
    if (const auto there = Read(place)) {
      if (there->record.value("token", "") != request->token()) {
        return Failure(grpc::StatusCode::ALREADY_EXISTS, pb::ERROR_CLASS_TAKEN, "NameExists",
                       "a disk image of this name exists already");
      }
      response->set_external_name(there->record["id"].get<std::string>());
      return grpc::Status::OK;
    }
    const json record{{"id", "disk-" + RandomWord()},
                      {"token", request->token()},
                      {"owner", request->mark().owner()},
                      {"uid", request->mark().uid()},
                      {"name", parameters["name"]}};
    if (auto failed = Make(place, record, parameters); !failed.ok()) return failed;
    response->set_external_name(record["id"].get<std::string>());
    return grpc::Status::OK;
  }

  grpc::Status Update(Context*, const pb::UpdateRequest* request, pb::UpdateResponse*) override {
    const std::lock_guard lock(mutex_);
    auto image = Find(request->external_name());
    if (!image) return NoSuchImage();
    const auto parameters = json::parse(request->parameters_json(), nullptr, false);
    const auto file = image->folder / "image.raw";
    for (const auto& field : request->changed_fields()) {
      if (field == "sizeBytes") {
        const auto bytes = parameters.value("sizeBytes", std::int64_t{0});
        if (bytes < image->file.st_size) {
          return Failure(grpc::StatusCode::INVALID_ARGUMENT, pb::ERROR_CLASS_VALIDATION, "Shrinks",
                         "sizeBytes: a disk image may grow, never shrink");
        }
        if (truncate(file.c_str(), bytes) != 0) return DiskFailure("cannot grow it", errno);
      }
      if (field == "mode") {
        const auto mode = std::strtoul(parameters.value("mode", "0600").c_str(), nullptr, 8);
        if (chmod(file.c_str(), static_cast<mode_t>(mode)) != 0) {
          return DiskFailure("cannot change its mode", errno);
        }
      }
    }
    image->record["owner"] = request->mark().owner();
    image->record["uid"] = request->mark().uid();
    if (!WriteRecord(image->folder, image->record)) return DiskFailure("cannot mark it", errno);
    return grpc::Status::OK;
  }

  grpc::Status Delete(Context*, const pb::DeleteRequest* request, pb::DeleteResponse*) override {
    const std::lock_guard lock(mutex_);
    const auto image = Find(request->external_name());
    if (!image) return grpc::Status::OK;
    if (const int why = Discard(image->folder)) return DiskFailure("cannot delete it", why);
    return grpc::Status::OK;
  }

  grpc::Status List(Context*, const pb::ListRequest* request,
                    grpc::ServerWriter<pb::ListResponse>* writer) override {
    const std::lock_guard lock(mutex_);
    std::map<std::string, Image> images;
    for (auto& image : All()) {
      auto id = image.record["id"].get<std::string>();
      images.emplace(std::move(id), std::move(image));
    }
    auto it = images.upper_bound(request->page_token());
    pb::ListResponse message;
    for (std::uint32_t i = 0; it != images.end() && i < request->page_size(); ++it, ++i) {
      Show(it->second, *message.add_instances());
    }
    message.mutable_page_end();
    if (it != images.end() && !message.instances().empty()) {
      message.mutable_page_end()->set_next_page_token(
          message.instances(message.instances_size() - 1).external_name());
    }
    writer->Write(message);
    return grpc::Status::OK;
  }

 private:
  static std::string Refuse(const json& parameters) {
    if (!parameters.is_object()) return "want an object";
    for (const auto& [name, value] : parameters.items()) {
      if (name != "name" && name != "sizeBytes" && name != "mode") return name + ": is no field";
    }
    const auto name = parameters.value("name", json());
    if (!name.is_string() ||
        name.get<std::string>().find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") !=
            std::string::npos ||
        name.get<std::string>().empty() || name.get<std::string>().size() > 63) {
      return "name: want 1 to 63 lower-case letters, digits and '-'";
    }
    const auto size = parameters.value("sizeBytes", json());
    if (!size.is_number_integer() || size.get<std::int64_t>() < kLeastBytes ||
        size.get<std::int64_t>() > kMostBytes) {
      return "sizeBytes: want 4096 to 1099511627776";
    }
    if (!parameters.value("mode", json("0600")).is_string()) return "mode: want a text";
    return {};
  }

  static std::optional<Image> Read(const fs::path& folder) {
    Image image;
    image.folder = folder;
    std::ifstream in(folder / "instance.json");
    image.record = json::parse(in, nullptr, false);
    if (!image.record.is_object() || !image.record.contains("id")) return std::nullopt;
    if (stat((folder / "image.raw").c_str(), &image.file) != 0) return std::nullopt;
    return image;
  }

  std::vector<Image> All() const {
    std::vector<Image> images;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (entry.path().filename().string().starts_with(".")) continue;
      if (auto image = Read(entry.path())) images.push_back(*std::move(image));
    }
    return images;
  }

  std::optional<Image> Find(const std::string& id) const {
    for (auto& image : All()) {
      if (image.record["id"] == id) return std::move(image);
    }
    return std::nullopt;
  }

  grpc::Status Make(const fs::path& place, const json& record, const json& parameters) {
    const auto draft = folder_ / (".draft-" + record["id"].get<std::string>());
    std::error_code failure;
    fs::create_directory(draft, failure);
    if (failure) return DiskFailure("cannot make a folder", failure.value());
    const auto mode = std::strtoul(parameters.value("mode", "0600").c_str(), nullptr, 8);
    const int file = open((draft / "image.raw").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    const bool made = file >= 0 && ftruncate(file, parameters["sizeBytes"]) == 0 &&
                      fchmod(file, static_cast<mode_t>(mode)) == 0 && WriteRecord(draft, record);
    const int why = errno;
    if (file >= 0) close(file);
    if (made) {
      // What lies there and is no image is the rest of one whose file somebody removed.
      if (fs::exists(place)) Discard(place);
      fs::rename(draft, place, failure);
      if (!failure) return grpc::Status::OK;
    }
    Discard(draft);
    return DiskFailure("cannot make the image", made ? failure.value() : why);
  }

  // Out of sight in one step, then away; 0, or errno.
  int Discard(const fs::path& place) {
    const auto trash = folder_ / (".trash-" + RandomWord());
    std::error_code failure;
    fs::rename(place, trash, failure);
    if (failure) return failure.value();
    fs::remove_all(trash, failure);
    return 0;
  }

  static void Show(const Image& image, pb::Instance& out) {
    const auto& record = image.record;
    out.set_external_name(record["id"].get<std::string>());
    out.set_lifecycle(pb::LIFECYCLE_READY);
    out.set_state("present");
    out.mutable_mark()->set_owner(record.value("owner", ""));
    out.mutable_mark()->set_uid(record.value("uid", ""));
    out.set_fields_json(json{{"name", image.folder.filename().string()},
                             {"sizeBytes", static_cast<std::int64_t>(image.file.st_size)},
                             {"mode", ModeText(image.file.st_mode)}}
                            .dump());
    out.set_at_provider_json(
        json{{"path", (image.folder / "image.raw").string()},
             {"usedBytes", static_cast<std::int64_t>(image.file.st_blocks) * 512}}
            .dump());
  }

  const fs::path folder_;
  const std::string scope_;
  const std::string boot_id_ = RandomWord();
  std::mutex mutex_;
};

// Kept in the folder: another folder is another scope.
std::string ScopeOf(const fs::path& folder) {
  const auto file = folder / ".scope";
  std::string scope;
  std::ifstream(file) >> scope;
  if (!scope.empty()) return scope;
  scope = "folder-" + RandomWord();
  std::ofstream(file) << scope << "\n";
  return scope;
}

int Serve(const fs::path& folder, const std::string& address) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (failure) {
    std::cerr << "cannot use " << folder << ": " << failure.message() << std::endl;
    return 1;
  }
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGTERM);
  sigaddset(&ending, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);
  Images images(fs::absolute(folder), ScopeOf(folder));
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&images);
  const auto server = builder.BuildAndStart();
  if (!server) {
    std::cerr << "cannot listen on " << address << std::endl;
    return 1;
  }
  int signal = 0;
  sigwait(&ending, &signal);
  server->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(2));
  return 0;
}

}  // namespace disk_images

int main(int argc, char** argv) {
  std::map<std::string, std::string> flags;
  for (int i = 1; i + 1 < argc; i += 2) flags[argv[i]] = argv[i + 1];
  const char* given = std::getenv("INSTANCED_PLUGIN_ADDRESS");
  if (!flags.contains("--listen") && given != nullptr) flags["--listen"] = given;
  if (flags["--folder"].empty() || flags["--listen"].empty()) {
    std::cerr << "usage: disk_image_plugin --folder DIR [--listen unix:/path]\n";
    return 2;
  }
  return disk_images::Serve(flags["--folder"], flags["--listen"]);
}

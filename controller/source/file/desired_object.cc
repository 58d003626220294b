#include "controller/source/file/desired_object.h"

#include <utility>

#include "controller/source/file/spec_text.h"

namespace instanced {

PackedDesired::PackedDesired(DesiredObject object)
    : plain_(std::make_shared<const DesiredObject>(std::move(object))) {}

PackedDesired::PackedDesired(DesiredObject object, const InstanceSpec& instance) {
  if (object.spec != SpecText(instance)) {
    plain_ = std::make_shared<const DesiredObject>(std::move(object));
    return;
  }
  std::string places;
  PackWriter pack(places);
  pack.Text(object.file);
  pack.Text(object.base_directory);
  InstanceObject declared;
  declared.meta.key = std::move(object.key);
  declared.meta.labels = std::move(object.labels);
  declared.meta.annotations = std::move(object.annotations);
  declared.spec = instance;
  packed_ = PackedInstance::Of(declared, places);
}

InstanceView::Key PackedDesired::Key() const {
  if (packed_) return packed_.Key();
  return {plain_->key.kind, plain_->key.namespace_, plain_->key.name};
}

std::string_view PackedDesired::file() const {
  return packed_ ? PackReader(packed_.ReadHead().extra).Text() : std::string_view(plain_->file);
}

DesiredObject PackedDesired::Unpack() const {
  if (!packed_) return *plain_;
  const auto view = packed_.View();
  PackReader places(view.extra);
  DesiredObject object;
  object.key = view.meta.key.Copy();
  object.labels = view.meta.labels.Pairs();
  object.annotations = view.meta.annotations.Pairs();
  object.spec = SpecText(view.spec);
  object.file = places.Text();
  object.base_directory = places.Text();
  return object;
}

}  // namespace instanced

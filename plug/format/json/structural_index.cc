#include "plug/format/json/structural_index.h"

#include <simdjson.h>

#include <algorithm>

#include "base/check.h"

namespace tarn::plug::json {

struct StructuralIndex::Impl {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  size_t capacity = 0;
};

StructuralIndex::StructuralIndex() : impl_(std::make_unique<Impl>()) {}
StructuralIndex::~StructuralIndex() = default;

bool StructuralIndex::Build(std::string_view text) {
  count_ = 0;
  if (text.empty()) return true;
  TARN_CHECK(text.size() <= kIndexBytesMax, "record larger than the index's limit");
  if (text.size() > impl_->capacity || !impl_->parser) {
    impl_->capacity = std::max<size_t>(64 << 10, std::min(kIndexBytesMax, text.size() * 2));
    impl_->parser.reset();
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(impl_->capacity, 1024, impl_->parser);
    TARN_CHECK(!error, "no memory for the JSON index");
  }
  const auto error = impl_->parser->stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(), simdjson::stage1_mode::regular);
  if (error == simdjson::EMPTY) return true;   // white space only
  if (error) return false;
  positions_ = impl_->parser->structural_indexes.get();
  count_ = impl_->parser->n_structural_indexes;
  return true;
}

}  // namespace tarn::plug::json

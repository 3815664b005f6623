// AND, OR, NOT and the IS forms: Kleene logic over bitmaps, 64 rows a step.
#include <arrow/util/bitmap_ops.h>

#include "expr/define.h"
#include "table/registry.h"

namespace tarn::plug {
namespace {
using namespace tarn::expr;
using types::LogicalType;

// Bits of a BOOLEAN argument at offset 0, as whole words: which rows are TRUE, which FALSE (neither: NULL).
class TruthBits {
 public:
  TruthBits(const arrow::Datum& d, int64_t rows) : words_((rows + 63) / 64) {
    if (d.type()->id() == arrow::Type::NA) {
      constant_ = true;
    } else if (d.is_scalar()) {
      constant_ = true;
      if (d.scalar()->is_valid) {
        bool v = static_cast<const arrow::BooleanScalar&>(*d.scalar()).value;
        true_word_ = v ? ~uint64_t{0} : 0;
        false_word_ = ~true_word_;
      }
    } else {
      const auto& data = *d.array();
      values_ = Aligned(data.buffers[1], data.offset, rows, &held_[0]);
      if (data.buffers[0] && data.GetNullCount() != 0) valid_ = Aligned(data.buffers[0], data.offset, rows, &held_[1]);
      bytes_ = (rows + 7) / 8;
    }
  }
  bool may_be_null() const { return constant_ ? (true_word_ | false_word_) == 0 : valid_ != nullptr; }
  void Read(int64_t w, uint64_t* is_true, uint64_t* is_false) const {
    if (constant_) {
      *is_true = true_word_;
      *is_false = false_word_;
      return;
    }
    uint64_t v = Load(values_, w), ok = valid_ ? Load(valid_, w) : ~uint64_t{0};
    *is_true = v & ok;
    *is_false = ~v & ok;
  }

 private:
  static const uint8_t* Aligned(const std::shared_ptr<arrow::Buffer>& bits, int64_t offset, int64_t rows, std::shared_ptr<arrow::Buffer>* held) {
    if (offset % 8 == 0) return bits->data() + offset / 8;
    *held = NewBuffer(arrow::bit_util::BytesForBits(rows));
    arrow::internal::CopyBitmap(bits->data(), offset, rows, (*held)->mutable_data(), 0);
    return (*held)->data();
  }
  uint64_t Load(const uint8_t* p, int64_t w) const {
    uint64_t v = 0;
    std::memcpy(&v, p + w * 8, static_cast<size_t>(std::min<int64_t>(8, bytes_ - w * 8)));
    return v;
  }
  int64_t words_, bytes_ = 0;
  bool constant_ = false;
  uint64_t true_word_ = 0, false_word_ = 0;
  const uint8_t* values_ = nullptr;
  const uint8_t* valid_ = nullptr;
  std::shared_ptr<arrow::Buffer> held_[2];
};

// f(word, &true, &false) for each word; a row that is neither is NULL.
template <typename F>
arrow::Datum Build(int64_t rows, bool may_be_null, F f) {
  const int64_t words = (rows + 63) / 64;
  auto values = NewBuffer(words * 8);
  auto valid = may_be_null ? NewBuffer(words * 8) : nullptr;
  auto* v = reinterpret_cast<uint64_t*>(values->mutable_data());
  auto* ok = valid ? reinterpret_cast<uint64_t*>(valid->mutable_data()) : nullptr;
  for (int64_t w = 0; w < words; ++w) {
    uint64_t t = 0, n = 0;
    f(w, &t, &n);
    v[w] = t;
    if (ok) ok[w] = t | n;
  }
  return arrow::Datum(arrow::ArrayData::Make(arrow::boolean(), rows, {std::move(valid), std::move(values)}));
}

Result<arrow::Datum> Junction(const CallArgs& c, bool is_and) {
  std::vector<TruthBits> in;
  bool nulls = false;
  for (const arrow::Datum& d : c.args) {
    in.emplace_back(d, c.rows);
    nulls = nulls || in.back().may_be_null();
  }
  return Build(c.rows, nulls, [&](int64_t w, uint64_t* t, uint64_t* n) {
    *t = is_and ? ~uint64_t{0} : 0;
    *n = ~*t;
    for (const TruthBits& b : in) {
      uint64_t bt, bn;
      b.Read(w, &bt, &bn);
      if (is_and) *t &= bt, *n |= bn;
      else *t |= bt, *n &= bn;
    }
  });
}

// IS [NOT] TRUE / FALSE / UNKNOWN.
FunctionSpec Test(const char* name, const char* what, const char* example, bool (*pick)(bool is_true, bool is_false)) {
  const uint64_t on_true = pick(true, false) ? ~uint64_t{0} : 0, on_false = pick(false, true) ? ~uint64_t{0} : 0, on_null = pick(false, false) ? ~uint64_t{0} : 0;
  return {name, Takes(name, {{Family::kBoolean}}, LogicalType::Boolean(), Nulls::kNever),
          [=](const CallArgs& c) -> Result<arrow::Datum> {
            TruthBits in(c.args[0], c.rows);
            return Build(c.rows, false, [&](int64_t w, uint64_t* t, uint64_t*) {
              uint64_t bt, bn;
              in.Read(w, &bt, &bn);
              *t = (bt & on_true) | (bn & on_false) | (~(bt | bn) & on_null);
            });
          },
          what, example};
}
}  // namespace

Status Register_function_logical(table::Registry& registry) {
  FunctionRegistry& r = registry.functions();
  FunctionSpec both{"AND", Takes("AND", {{Family::kBoolean, Family::kBoolean}, 0, true}, LogicalType::Boolean()),
                    [](const CallArgs& c) { return Junction(c, true); }, "TRUE when both are TRUE; three-valued.", "TRUE AND NULL -- NULL"};
  both.lazy = true;
  TRY(Define(r, std::move(both)));
  FunctionSpec either{"OR", Takes("OR", {{Family::kBoolean, Family::kBoolean}, 0, true}, LogicalType::Boolean()),
                      [](const CallArgs& c) { return Junction(c, false); }, "TRUE when one is TRUE; three-valued.", "TRUE OR NULL -- TRUE"};
  either.lazy = true;
  TRY(Define(r, std::move(either)));
  TRY(Define(r, {"NOT", Takes("NOT", {{Family::kBoolean}}, LogicalType::Boolean()),
                 [](const CallArgs& c) -> Result<arrow::Datum> {
                   TruthBits in(c.args[0], c.rows);
                   return Build(c.rows, in.may_be_null(), [&](int64_t w, uint64_t* t, uint64_t* n) { in.Read(w, n, t); });
                 },
                 "The opposite; NULL stays NULL.", "NOT TRUE -- FALSE"}));
  TRY(Define(r, Test("IS TRUE", "TRUE only for TRUE; never NULL.", "(1 = 1) IS TRUE -- TRUE", [](bool t, bool) { return t; })));
  TRY(Define(r, Test("IS NOT TRUE", "TRUE for FALSE and NULL; never NULL.", "(1 = 2) IS NOT TRUE -- TRUE", [](bool t, bool) { return !t; })));
  TRY(Define(r, Test("IS FALSE", "TRUE only for FALSE; never NULL.", "(1 = 2) IS FALSE -- TRUE", [](bool, bool f) { return f; })));
  TRY(Define(r, Test("IS NOT FALSE", "TRUE for TRUE and NULL; never NULL.", "(1 = 1) IS NOT FALSE -- TRUE", [](bool, bool f) { return !f; })));
  TRY(Define(r, Test("IS UNKNOWN", "TRUE for NULL; never NULL.", "CAST(NULL AS BOOLEAN) IS UNKNOWN -- TRUE", [](bool t, bool f) { return !t && !f; })));
  TRY(Define(r, Test("IS NOT UNKNOWN", "TRUE for TRUE and FALSE; never NULL.", "TRUE IS NOT UNKNOWN -- TRUE", [](bool t, bool f) { return t || f; })));
  return Status::OK();
}
}  // namespace tarn::plug

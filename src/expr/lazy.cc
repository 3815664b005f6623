// CASE, IF, COALESCE, AND and OR, evaluated only for the rows that need each argument.
#include <arrow/array/concatenate.h>
#include <arrow/array/util.h>

#include <numeric>

#include "expr/program.h"

namespace tarn::expr {
namespace {

using Rows = std::vector<int32_t>;

class Lazy {
 public:
  Lazy(const EvalContext& context, Program::Step& step, const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t rows)
      : context_(context), step_(step), columns_(columns), rows_(rows) {}

  Result<std::shared_ptr<arrow::Array>> Run() {
    const std::string& name = step_.function->name();
    if (name == "AND" || name == "OR") return RunLogical(name == "AND");
    if (name == "COALESCE" || name == "IFNULL") return RunCoalesce();
    if (name == "CASE" || name == "IF") return RunCase();
    return Status::Internal("no lazy form of function " + name);
  }

 private:
  // Branch `b` for the rows `wanted`.
  Result<std::shared_ptr<arrow::Array>> Evaluate(size_t b, const Rows& wanted) {
    Program::Branch& branch = step_.branches[b];
    const auto n = static_cast<int64_t>(wanted.size());
    if (n == rows_) return TRY(branch.program->Run(context_, columns_, rows_))[0];
    std::vector<std::shared_ptr<arrow::Array>> taken(columns_.size());
    for (int i : branch.inputs) taken[i] = TRY(Gather(*columns_[i], wanted.data(), n));
    return TRY(branch.program->Run(context_, taken, n))[0];
  }

  Rows All() const {
    Rows r(rows_);
    std::iota(r.begin(), r.end(), 0);
    return r;
  }

  void Place(std::shared_ptr<arrow::Array> piece, const Rows& rows) {
    for (size_t k = 0; k < rows.size(); ++k) place_[rows[k]] = static_cast<int32_t>(length_ + k);
    length_ += piece->length();
    pieces_.push_back(std::move(piece));
  }

  Result<std::shared_ptr<arrow::Array>> Assemble() {
    if (pieces_.size() == 1 && length_ == rows_) return pieces_[0];
    if (pieces_.empty()) return TRY(arrow::MakeArrayOfNull(types::ToArrow(step_.type), 0));
    auto whole = pieces_.size() == 1 ? pieces_[0] : TRY(arrow::Concatenate(pieces_));
    return Gather(*whole, place_.data(), rows_);
  }

  Result<std::shared_ptr<arrow::Array>> RunCase() {
    place_.resize(rows_);
    Rows remaining = All();
    size_t i = 0;
    for (; i + 1 < step_.branches.size() && !remaining.empty(); i += 2) {
      arrow::Datum condition(TRY(Evaluate(i, remaining)));
      Column<bool> met(condition);
      Rows yes, no;
      for (size_t k = 0; k < remaining.size(); ++k) (!met.IsNull(k) && met[k] ? yes : no).push_back(remaining[k]);
      if (!yes.empty()) Place(TRY(Evaluate(i + 1, yes)), yes);
      remaining = std::move(no);
    }
    if (!remaining.empty()) {
      if (step_.branches.size() % 2 == 1) Place(TRY(Evaluate(step_.branches.size() - 1, remaining)), remaining);
      else Place(TRY(arrow::MakeArrayOfNull(types::ToArrow(step_.type), static_cast<int64_t>(remaining.size()))), remaining);
    }
    return Assemble();
  }

  Result<std::shared_ptr<arrow::Array>> RunCoalesce() {
    place_.resize(rows_);
    Rows remaining = All();
    for (size_t i = 0; i < step_.branches.size() && !remaining.empty(); ++i) {
      auto piece = TRY(Evaluate(i, remaining));
      if (i + 1 == step_.branches.size() || piece->null_count() == 0) {
        Place(std::move(piece), remaining);
        remaining.clear();
        break;
      }
      Rows no;
      for (size_t k = 0; k < remaining.size(); ++k)
        if (piece->IsNull(static_cast<int64_t>(k))) no.push_back(remaining[k]);
      Place(std::move(piece), remaining);   // rows still NULL are placed again by a later argument
      remaining = std::move(no);
    }
    return Assemble();
  }

  // The deciding value of AND is FALSE, of OR TRUE: rows that have it need no further argument.
  Result<std::shared_ptr<arrow::Array>> RunLogical(bool is_and) {
    std::vector<int8_t> state(rows_, is_and ? 1 : 0);   // 2: NULL
    Rows remaining = All();
    for (size_t i = 0; i < step_.branches.size() && !remaining.empty(); ++i) {
      arrow::Datum piece(TRY(Evaluate(i, remaining)));
      Column<bool> v(piece);
      Rows undecided;
      for (size_t k = 0; k < remaining.size(); ++k) {
        int32_t row = remaining[k];
        if (v.IsNull(k)) state[row] = 2;
        else if (v[k] != is_and) state[row] = is_and ? 0 : 1;
        if (state[row] != (is_and ? 0 : 1)) undecided.push_back(row);
      }
      remaining = std::move(undecided);
    }
    FixedOutput<bool> out(rows_);
    for (int64_t i = 0; i < rows_; ++i) {
      if (state[i] == 2) out.Null(i);
      else out.Set(i, state[i] == 1);
    }
    return out.Finish(step_.type).make_array();
  }

  const EvalContext& context_;
  Program::Step& step_;
  const std::vector<std::shared_ptr<arrow::Array>>& columns_;
  int64_t rows_;
  std::vector<std::shared_ptr<arrow::Array>> pieces_;
  std::vector<int32_t> place_;
  int64_t length_ = 0;
};
}  // namespace

Result<std::shared_ptr<arrow::Array>> RunLazy(const EvalContext& context, Program::Step& step, const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t rows) {
  return Lazy(context, step, columns, rows).Run();
}

}  // namespace tarn::expr

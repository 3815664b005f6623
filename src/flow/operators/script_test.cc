#include "flow/operators/script_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "types/arrow_try.h"
#include "types/arrow_types.h"
#include "types/text_value.h"

namespace tarn::flow::testing {
namespace {

Status AppendValue(const std::string& text, const types::LogicalType& type, arrow::ArrayBuilder* b) {
  using types::TypeRoot;
  if (text == "null") return FromArrow(b->AppendNull());
  switch (type.root()) {
    case TypeRoot::kBoolean: return FromArrow(static_cast<arrow::BooleanBuilder*>(b)->Append(text == "true"));
    case TypeRoot::kTinyInt: return FromArrow(static_cast<arrow::Int8Builder*>(b)->Append(static_cast<int8_t>(std::stoi(text))));
    case TypeRoot::kInteger: return FromArrow(static_cast<arrow::Int32Builder*>(b)->Append(std::stoi(text)));
    case TypeRoot::kBigInt: return FromArrow(static_cast<arrow::Int64Builder*>(b)->Append(std::stoll(text)));
    case TypeRoot::kDouble: return FromArrow(static_cast<arrow::DoubleBuilder*>(b)->Append(std::stod(text)));
    case TypeRoot::kTimestamp:
    case TypeRoot::kTimestampLtz: return FromArrow(static_cast<arrow::TimestampBuilder*>(b)->Append(std::stoll(text)));
    case TypeRoot::kDecimal: {
      arrow::Decimal128 d;
      int32_t precision, scale;
      TRY(arrow::Decimal128::FromString(text, &d, &precision, &scale));
      return FromArrow(static_cast<arrow::Decimal128Builder*>(b)->Append(TRY(d.Rescale(scale, type.scale()))));
    }
    default: return FromArrow(static_cast<arrow::StringBuilder*>(b)->Append(text));
  }
}

class Collector final : public Output {
 public:
  explicit Collector(const RowType& type) : type_(type) {}
  Status Emit(Batch batch) override {
    if (batch.columns().size() != type_.size()) return Status::Internal("wrong number of columns");
    for (size_t c = 0; c < type_.size(); ++c) {
      TRY(batch.column(c)->ValidateFull());
      if (batch.column(c)->length() != batch.num_rows()) return Status::Internal("wrong length");
      if (!batch.column(c)->type()->Equals(types::ToArrow(type_.types[c]))) return Status::Internal("wrong type " + batch.column(c)->type()->ToString());
    }
    for (int64_t r = 0; r < batch.num_rows(); ++r) {
      std::string line(types::RowKindShort(batch.kind(r)));
      line += "[";
      for (size_t c = 0; c < type_.size(); ++c) {
        if (c > 0) line += ", ";
        if (batch.column(c)->IsNull(r)) line += "null";
        else if (type_.types[c].is_timestamp()) line += std::to_string(batch.column(c)->data()->GetValues<int64_t>(1)[r]);
        else types::AppendText(*batch.column(c), r, type_.types[c], types::TextStyle::kPlain, "UTC", &line);
      }
      lines.push_back(line + "]");
    }
    return Status::OK();
  }
  std::vector<std::string> lines;

 private:
  const RowType& type_;
};

class Runner {
 public:
  Runner(const plan::Node& node, const ScriptOptions& options) : node_(node), options_(options), out_(node.row_type) {}

  Result<std::vector<std::string>> Run(const std::vector<std::string>& lines) {
    TRY(Start());
    int row = 0;
    for (const std::string& line : lines) {
      std::istringstream words(line);
      std::string word;
      if (!(words >> word)) continue;
      if (word == "~") {
        TRY(Send());
      } else if (word == "W") {
        int64_t ms;
        words >> ms;
        TRY(Send());
        TRY(op_->OnWatermark({EventTime{ms}}, out_));
      } else if (word == "T") {
        int64_t ms;
        words >> ms;
        TRY(Send());
        TRY(op_->OnTick(ms, out_));
      } else if (word == "B") {
        TRY(Barrier());
      } else {
        TRY(AddRow(word, &words));
        if (row++ == options_.barrier_after) TRY(Barrier());
      }
    }
    TRY(Send());
    if (options_.end) {
      if (options_.streaming) TRY(op_->OnWatermark({EventTime::Max()}, out_));
      TRY(op_->OnEnd(out_));
    }
    return std::move(out_.lines);
  }

 private:
  Status Start() {
    op_ = TRY(MakeOperator(node_));
    OperatorContext context;
    context.name = "Test[1]";
    context.streaming = options_.streaming;
    context.batch_rows = options_.batch_rows;
    TRY(op_->Open(context));
    builders_.clear();
    for (const auto& t : input().types) builders_.push_back(TRY(arrow::MakeBuilder(types::ToArrow(t))));
    return Status::OK();
  }
  const RowType& input() const { return node_.inputs[0]->row_type; }

  Status AddRow(const std::string& kind, std::istringstream* words) {
    static const std::map<std::string, int8_t> kKinds = {{"+I", 0}, {"-U", 1}, {"+U", 2}, {"-D", 3}};
    kinds_.push_back(kKinds.at(kind));
    for (size_t c = 0; c < builders_.size(); ++c) {
      std::string value;
      if (!(*words >> value)) return Status::Internal("a row with too few values");
      TRY(AppendValue(value, input().types[c], builders_[c].get()));
    }
    return static_cast<int64_t>(kinds_.size()) >= options_.batch_rows ? Send() : Status::OK();
  }

  Status Send() {
    if (kinds_.empty()) return Status::OK();
    std::vector<std::shared_ptr<arrow::Array>> columns;
    for (auto& b : builders_) columns.push_back(TRY(b->Finish()));
    std::shared_ptr<arrow::Int8Array> kinds;
    const int64_t n = static_cast<int64_t>(kinds_.size());
    if (std::any_of(kinds_.begin(), kinds_.end(), [](int8_t k) { return k != 0; })) {
      kinds = std::make_shared<arrow::Int8Array>(n, arrow::Buffer::FromVector(kinds_));
    }
    kinds_.clear();
    // Behind a slice, so that offsets in arrays are always tried.
    return op_->OnBatch(Batch(n, std::move(columns), std::move(kinds)), out_);
  }

  Status Barrier() {
    TRY(Send());
    TRY(op_->BeforeBarrier(out_));
    state::Snapshot snapshot = TRY(op_->TakeSnapshot());
    for (const state::Piece& p : snapshot) {   // bytes cut short are refused, never trusted
      if (p.bytes.empty()) continue;
      state::Piece cut = p;
      cut.bytes.pop_back();
      TRY(Start());
      if (op_->Restore({cut}).ok()) return Status::Internal("a piece cut short was taken");
    }
    TRY(Start());
    std::reverse(snapshot.begin(), snapshot.end());   // the order of pieces does not matter
    return op_->Restore(snapshot);
  }

  const plan::Node& node_;
  const ScriptOptions options_;
  Collector out_;
  std::unique_ptr<Operator> op_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  std::vector<int8_t> kinds_;
};

}  // namespace

plan::Node MakeNode(decltype(plan::Node::op) op, const RowType& input, const RowType& output, bool input_changes, bool output_changes) {
  auto source = std::make_shared<plan::Node>();
  source->op = plan::Values{};
  source->row_type = input;
  source->changelog = input_changes ? types::ChangelogMode::All() : types::ChangelogMode::InsertOnly();
  plan::Node node;
  node.op = std::move(op);
  node.inputs = {source};
  node.row_type = output;
  node.changelog = output_changes ? types::ChangelogMode::All() : types::ChangelogMode::InsertOnly();
  return node;
}

Result<std::vector<std::string>> RunLines(const plan::Node& node, const std::vector<std::string>& lines, const ScriptOptions& options) {
  return Runner(node, options).Run(lines);
}

Result<std::vector<std::string>> RunScript(const plan::Node& node, const std::string& script, const ScriptOptions& options) {
  std::vector<std::string> lines;
  std::istringstream in(script);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return RunLines(node, lines, options);
}

std::vector<std::string> Fold(const std::vector<std::string>& changelog) {
  std::map<std::string, int> rows;
  for (const std::string& line : changelog) {
    const std::string row = line.substr(2);
    rows[row] += line[0] == '+' ? 1 : -1;
  }
  std::vector<std::string> out;
  for (const auto& [row, n] : rows) {
    for (int i = 0; i < n; ++i) out.push_back(row);
    for (int i = 0; i > n; --i) out.push_back("?-" + row);
  }
  return out;
}

}  // namespace tarn::flow::testing

#include "expr/program.h"

#include <arrow/array/util.h>
#include <fmt/format.h>

#include "base/check.h"

namespace tarn::expr {
using types::LogicalType;

namespace {
bool MayFail(const Expr& e) {
  const auto* c = std::get_if<Call>(&e.node);
  if (!c) return false;
  if (c->function->MayFail(c->args, e.type)) return true;
  for (const ExprPtr& a : c->args)
    if (MayFail(*a)) return true;
  return false;
}

// AND and OR need the first argument on every row anyway; the others only if it didn't decide. The same for CASE's first condition.
bool NeedsLaziness(const Call& c) {
  if (!c.function->lazy()) return false;
  for (size_t i = 1; i < c.args.size(); ++i)
    if (MayFail(*c.args[i])) return true;
  return false;
}

// x = x is TRUE and x <> x is FALSE wherever x is not NULL, NaN included: Flink's planner rewrites them so.
class SelfComparison final : public ScalarFunction {
 public:
  explicit SelfComparison(bool holds) : holds_(holds) {}
  const std::string& name() const override { return name_; }
  Result<Signature> Resolve(std::span<const Argument>) const override { return Status::Internal("a comparison with itself is made by the compiler"); }
  Result<arrow::Datum> Evaluate(const EvalContext&, std::span<const arrow::Datum> args, const LogicalType& result, int64_t rows) const override {
    auto validity = IntersectValidity(args.subspan(0, 1), rows);
    if (!validity) return AllNull(result, rows);
    auto bits = NewBuffer(arrow::bit_util::BytesForBits(rows));
    std::memset(bits->mutable_data(), holds_ ? 0xff : 0, bits->size());
    return arrow::Datum(arrow::ArrayData::Make(arrow::boolean(), rows, {*validity, std::move(bits)}));
  }

 private:
  bool holds_;
  std::string name_ = "SELF COMPARISON";
};

const ScalarFunction* SelfComparisonOf(const std::string& name) {
  static const SelfComparison holds(true), fails(false);
  if (name == "=" || name == "<=" || name == ">=") return &holds;
  if (name == "<>" || name == "<" || name == ">") return &fails;
  return nullptr;
}

std::string LiteralKey(const Literal& l, const LogicalType& type) {
  std::string key = "l" + type.ToString() + "|";
  if (!l.value->is_valid) return key + "null";
  switch (type.root()) {
    case types::TypeRoot::kArray:
    case types::TypeRoot::kMap:
    case types::TypeRoot::kMultiset:
    case types::TypeRoot::kRow:
    case types::TypeRoot::kRaw: return key + fmt::format("{}", static_cast<const void*>(l.value.get()));
    case types::TypeRoot::kChar:
    case types::TypeRoot::kVarChar:
    case types::TypeRoot::kBinary:
    case types::TypeRoot::kVarBinary: return key + static_cast<const arrow::BaseBinaryScalar&>(*l.value).value->ToString();
    case types::TypeRoot::kFloat: return key + fmt::format("{:a}", static_cast<const arrow::FloatScalar&>(*l.value).value);
    case types::TypeRoot::kDouble: return key + fmt::format("{:a}", static_cast<const arrow::DoubleScalar&>(*l.value).value);
    default: return key + l.value->ToString();
  }
}
}  // namespace

class Program::Compiler {
 public:
  Compiler(Program* program, const EvalContext& context) : program_(program), context_(context) {}

  Result<int> Add(const ExprPtr& e) {
    if (const auto* r = std::get_if<InputRef>(&e->node)) {
      Step s{Step::Kind::kInput};
      s.input = r->index;
      s.type = e->type;
      return Keep("i" + std::to_string(r->index), std::move(s));
    }
    if (const auto* l = std::get_if<Literal>(&e->node)) {
      Step s{Step::Kind::kConstant};
      s.constant = l->value;
      s.type = e->type;
      return Keep(LiteralKey(*l, e->type), std::move(s));
    }
    const Call& c = std::get<Call>(e->node);
    Step s{Step::Kind::kCall};
    s.function = c.function;
    s.type = e->type;
    for (const ExprPtr& a : c.args) s.arg_types.push_back(a->type);
    if (NeedsLaziness(c)) return AddLazy(c, std::move(s));
    std::string key = fmt::format("c{}:{}(", static_cast<const void*>(c.function), e->type.ToString());
    bool constant = c.function->deterministic() && !c.args.empty();
    for (const ExprPtr& a : c.args) {
      int id = TRY(Add(a));
      s.args.push_back(id);
      key += std::to_string(id) + ",";
      constant = constant && program_->steps_[id].kind == Step::Kind::kConstant;
    }
    if (s.args.size() == 2 && s.args[0] == s.args[1])
      if (const ScalarFunction* same = SelfComparisonOf(c.function->name())) s.function = same;
    if (!c.function->deterministic()) key += fmt::format("#{}", unique_++);
    if (constant) {
      std::vector<arrow::Datum> args;
      for (int id : s.args) args.push_back(program_->steps_[id].constant);
      auto value = c.function->EvaluateTyped(context_, args, s.arg_types, e->type, 1);
      if (value.ok()) {   // a failure is left for the first row that meets it
        Step folded{Step::Kind::kConstant};
        folded.type = e->type;
        folded.constant = value->is_scalar() ? *value : arrow::Datum(TRY(value->make_array()->GetScalar(0)));
        return Keep(key, std::move(folded));
      }
    }
    return Keep(key, std::move(s));
  }

 private:
  Result<int> AddLazy(const Call& c, Step s) {
    s.kind = Step::Kind::kLazy;
    for (const ExprPtr& a : c.args) s.branches.push_back({TRY(Program::Compile({a}, context_)), InputsOf({a})});
    return Keep(fmt::format("z{}", unique_++), std::move(s));
  }
  int Keep(const std::string& key, Step s) {
    auto [it, fresh] = known_.emplace(key, static_cast<int>(program_->steps_.size()));
    if (fresh) program_->steps_.push_back(std::move(s));
    return it->second;
  }
  Program* program_;
  const EvalContext& context_;
  std::map<std::string, int> known_;
  int unique_ = 0;
};

Result<std::unique_ptr<Program>> Program::Compile(const std::vector<ExprPtr>& exprs, const EvalContext& context) {
  auto program = std::make_unique<Program>();
  Compiler compiler(program.get(), context);
  for (const ExprPtr& e : exprs) program->outputs_.push_back(TRY(compiler.Add(e)));
  // Steps that only fed a folded constant are never run: count uses from the outputs down.
  std::vector<bool> needed(program->steps_.size());
  for (int o : program->outputs_) needed[o] = true, program->steps_[o].output = true;
  for (int i = static_cast<int>(program->steps_.size()) - 1; i >= 0; --i) {
    if (!needed[i]) continue;
    for (int a : program->steps_[i].args) needed[a] = true, ++program->steps_[a].uses;
  }
  return program;
}

Result<std::vector<std::shared_ptr<arrow::Array>>> Program::Run(const EvalContext& context, const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t rows) {
  std::vector<arrow::Datum> values(steps_.size());
  std::vector<int> left(steps_.size());
  std::vector<arrow::Datum> args;
  for (size_t i = 0; i < steps_.size(); ++i) {
    Step& s = steps_[i];
    if (s.uses == 0 && !s.output) continue;
    left[i] = s.uses;
    switch (s.kind) {
      case Step::Kind::kInput:
        TARN_CHECK(static_cast<size_t>(s.input) < columns.size() && columns[s.input], "an expression refers to a column that the batch doesn't have");
        values[i] = columns[s.input];
        break;
      case Step::Kind::kConstant: values[i] = s.constant; break;
      case Step::Kind::kCall: {
        args.clear();
        for (int a : s.args) args.push_back(values[a]);
        values[i] = TRY(s.function->EvaluateTyped(context, args, s.arg_types, s.type, rows));
        for (int a : s.args)
          if (--left[a] == 0 && !steps_[a].output) values[a] = arrow::Datum();
        break;
      }
      case Step::Kind::kLazy: values[i] = TRY(RunLazy(context, s, columns, rows)); break;
    }
  }
  std::vector<std::shared_ptr<arrow::Array>> out;
  out.reserve(outputs_.size());
  for (int o : outputs_) {
    if (values[o].is_array()) {
      out.push_back(values[o].make_array());
      continue;
    }
    if (steps_[o].kind != Step::Kind::kConstant) {
      out.push_back(TRY(arrow::MakeArrayFromScalar(*values[o].scalar(), rows)));
      continue;
    }
    if (constant_columns_.size() > 64) constant_columns_.clear();
    auto& column = constant_columns_[{o, rows}];
    if (!column) column = TRY(arrow::MakeArrayFromScalar(*values[o].scalar(), rows));
    out.push_back(column);
  }
  return out;
}

}  // namespace tarn::expr

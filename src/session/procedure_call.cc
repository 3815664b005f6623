#include "session/procedure_call.h"

#include <arrow/builder.h>

#include "base/text.h"
#include "table/procedure.h"
#include "types/arrow_try.h"

namespace tarn::session {

namespace {
Result<table::ProcedureValue> ValueOf(const sql::Expr& e) {
  const sql::Literal* literal = e.As<sql::Literal>();
  bool minus = false;
  if (const sql::Unary* u = e.As<sql::Unary>(); u && u->op == sql::UnaryOp::kMinus) {
    literal = u->operand->As<sql::Literal>();
    minus = true;
  }
  if (literal) {
    switch (literal->kind) {
      case sql::LiteralKind::kNull: return table::ProcedureValue();
      case sql::LiteralKind::kString: return table::ProcedureValue(literal->text);
      case sql::LiteralKind::kInt: return table::ProcedureValue(minus ? -literal->integer : literal->integer);
      case sql::LiteralKind::kBoolean: return table::ProcedureValue(literal->boolean);
      default: break;
    }
  }
  return Status::NotSupported("an argument of CALL that is not a string, a whole number or a boolean").WithPosition(e.position);
}

Result<std::shared_ptr<arrow::Array>> ColumnOf(const table::ProcedureResult& r, size_t c) {
  std::shared_ptr<arrow::Array> out;
  if (r.columns[c].type == table::ProcedureColumn::kDouble) {
    arrow::DoubleBuilder b;
    for (const auto& row : r.rows) {
      const double* v = std::get_if<double>(&row[c]);
      TRY(v ? b.Append(*v) : b.AppendNull());
    }
    TRY(b.Finish(&out));
  } else {
    arrow::StringBuilder b;
    for (const auto& row : r.rows) {
      const std::string* v = std::get_if<std::string>(&row[c]);
      TRY(v ? b.Append(*v) : b.AppendNull());
    }
    TRY(b.Finish(&out));
  }
  return out;
}
}  // namespace

Result<std::unique_ptr<ResultSet>> CallProcedure(CatalogManager& catalogs, const sql::CallProcedure& call) {
  const sql::Name& name = call.call.function;
  table::TablePath path = TRY(catalogs.Qualify(name));
  std::shared_ptr<table::Catalog> catalog = TRY(catalogs.CatalogOf(path.catalog));
  auto* procedures = dynamic_cast<table::Procedures*>(catalog.get());
  if (!procedures) return Status::NotFound("No match found for procedure " + path.ToString() + ": catalog \"" + path.catalog + "\" has no procedures").WithPosition(name.position);
  std::vector<table::ProcedureArgument> arguments;
  for (const sql::Argument& a : call.call.arguments) arguments.push_back({a.name ? a.name->name : "", TRY(ValueOf(a.value))});
  auto called = procedures->CallProcedure(path.database, path.name, arguments);
  if (!called.ok()) return std::move(called).status().WithPosition(name.position);
  std::vector<ResultColumn> columns;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t c = 0; c < called->columns.size(); ++c) {
    bool number = called->columns[c].type == table::ProcedureColumn::kDouble;
    columns.push_back({called->columns[c].name, number ? types::LogicalType::Double() : types::LogicalType::String(), ""});
    arrays.push_back(TRY(ColumnOf(*called, c)));
  }
  int64_t rows = static_cast<int64_t>(called->rows.size());
  return BatchResult(std::move(columns), Batch(rows, std::move(arrays)), "");
}

Result<std::vector<std::string>> ProcedureNames(CatalogManager& catalogs, const sql::Name& database) {
  auto [catalog_name, name] = TRY(catalogs.QualifyDatabase(database));
  std::shared_ptr<table::Catalog> catalog = TRY(catalogs.CatalogOf(catalog_name));
  auto* procedures = dynamic_cast<table::Procedures*>(catalog.get());
  if (!procedures) return std::vector<std::string>();
  return procedures->ListProcedures(name);
}

}  // namespace tarn::session

// Prints function calls: the special syntaxes come back from the one form that ast_expr.h describes at Call.
#include <algorithm>

#include "sql/keywords.h"
#include "sql/printer_internal.h"

namespace tarn::sql::internal {
namespace {

bool IsSymbol(const Call& call, size_t index) { return index < call.arguments.size() && call.arguments[index].value.As<Symbol>(); }

bool HasSpecialSyntax(std::string_view name) {
  for (std::string_view special : {"TRIM", "SUBSTRING", "OVERLAY", "POSITION", "EXTRACT", "CEIL", "CEILING", "FLOOR", "TIMESTAMPADD",
                                   "TIMESTAMPDIFF", "JSON_EXISTS", "JSON_VALUE", "JSON_QUERY", "JSON_OBJECT", "JSON_ARRAY",
                                   "JSON_OBJECTAGG", "JSON_ARRAYAGG", "DESCRIPTOR"}) {
    if (name == special) return true;
  }
  return false;
}

bool IsBare(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  for (char c : name) {
    bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!plain) return false;
  }
  if (HasSpecialSyntax(name) || name == "TRY_CAST" || name == "MAP" || name == "ROW" || name == "PERIOD") return false;
  return ClassOf(name) != WordClass::kReserved || name == "CONVERT" || name == "TRANSLATE" || name == "CLASSIFIER" || name == "MATCH_NUMBER" ||
         name == "PREV" || name == "NEXT";
}

// Functions that Flink has defined beside Calcite's operators: after validation their names are identifiers.
bool IsFlinksOwn(std::string_view name) {
  if (name.starts_with("ARRAY_") || name.starts_with("MAP_")) return true;
  for (std::string_view own : {"GREATEST", "LEAST", "IFNULL", "JSON_STRING", "SPLIT", "TYPEOF"}) {
    if (name == own) return true;
  }
  return false;
}

}  // namespace

void Printer::AddFunctionName(const Call& call) {
  const Name& name = call.function;
  if (name.size() == 1 && options_.validated && IsFlinksOwn(name.last())) {
    Add(QuoteName(call.spelling.text.empty() ? name.last() : call.spelling.text));
  } else if (name.size() == 1 && options_.validated && name.last() == "SUBSTRING") {
    Add(name.last());
  } else if (name.size() == 1 && IsBare(name.last()) && !(hive() && IsHiveReserved(name.last()))) {
    Add(name.last());
  } else if (name.size() == 1) {
    Add(QuoteName(name.last()));
  } else {
    PrintName(name);
  }
}

void Printer::AddCall(const Call& call) {
  if (!call.parens) {
    Add(call.function.last());
    return;
  }
  if (!AddSpecialCall(call)) {
    AddFunctionName(call);
    Add("(");
    if (call.quantifier == SetQuantifier::kDistinct) Add("DISTINCT ");
    if (call.quantifier == SetQuantifier::kAll) Add("ALL ");
    AddArguments(call);
    Add(")");
  }
  if (call.nulls == NullTreatment::kRespect) Add(" RESPECT NULLS");
  if (call.nulls == NullTreatment::kIgnore) Add(" IGNORE NULLS");
  if (!call.within_group.empty()) {
    Add(" WITHIN GROUP (ORDER BY ");
    AddOrderItems(call.within_group);
    Add(")");
  }
  if (call.filter) {
    Add(" FILTER (WHERE ");
    PrintExpr(*call.filter);
    Add(")");
  }
  if (call.over) {
    Add(" OVER ");
    AddOver(*call.over);
  }
}

void Printer::AddArguments(const Call& call) {
  AddList(call.arguments, ", ", [&](const Argument& argument) {
    // TABLE t PARTITION BY a, b: a column behind would be read as part of that list.
    const Argument* next = &argument + 1;
    bool column_follows = next < call.arguments.data() + call.arguments.size() && !next->name && next->value.As<ColumnRef>();
    if (const TableArgument* table = argument.value.As<TableArgument>(); table && !argument.name && column_follows) {
      AddTableArgument(*table, true);
      return;
    }
    if (argument.name) {
      AddIdentifier(*argument.name);
      Add(" => ");
      const TableArgument* table = argument.value.As<TableArgument>();      // `data` => (TABLE `t`), as Flink prints it
      if (table && !table->table.empty() && table->partition_by.empty() && table->order_by.empty()) {
        Add("(");
        PrintExpr(argument.value);
        Add(")");
        return;
      }
    }
    PrintExpr(argument.value);
  });
}

// False: the call has no special syntax, or a quoted name took it out of that.
bool Printer::AddSpecialCall(const Call& call) {
  if (call.function.size() != 1) return false;
  const std::string& name = call.function.last();
  size_t count = call.arguments.size();
  auto argument = [&](size_t i) { PrintExpr(call.arguments[i].value); };
  auto between = [&](size_t i, std::string_view word) {
    if (i >= count) return;
    Add(word);
    argument(i);
  };
  if (name == "TRIM" && count == 3 && IsSymbol(call, 0)) {
    Add("TRIM(");
    argument(0);
    between(1, " ");
    between(2, " FROM ");
  } else if (name == "SUBSTRING" && (count == 2 || count == 3) && !options_.validated) {
    Add("SUBSTRING(");
    argument(0);
    between(1, " FROM ");
    between(2, " FOR ");
  } else if (name == "OVERLAY" && (count == 3 || count == 4)) {
    Add("OVERLAY(");
    argument(0);
    between(1, " PLACING ");
    between(2, " FROM ");
    between(3, " FOR ");
  } else if (name == "POSITION" && (count == 2 || count == 3)) {
    Add("POSITION(");
    AddOperand(call.arguments[0].value, 32, true);      // an IN of its own needs parentheses
    between(1, " IN ");
    between(2, " FROM ");
  } else if (name == "EXTRACT" && count == 2 && IsSymbol(call, 0)) {
    Add("EXTRACT(");
    argument(0);
    between(1, " FROM ");
  } else if ((name == "CEIL" || name == "FLOOR") && (count == 1 || (count == 2 && IsSymbol(call, 1)))) {
    Add(name + "(");
    argument(0);
    between(1, " TO ");
  } else if ((name == "TIMESTAMPADD" || name == "TIMESTAMPDIFF") && count == 3 && IsSymbol(call, 0)) {
    Add(name + "(");
    argument(0);
    between(1, ", ");
    between(2, ", ");
  } else if ((name == "JSON_OBJECT" || name == "JSON_OBJECTAGG") && !call.modifiers.empty()) {
    Add(name + "(");
    for (size_t i = 0; i + 1 < count; i += 2) {
      Add(i == 0 ? "KEY " : ", KEY ");
      argument(i);
      between(i + 1, " VALUE ");
    }
    AddJsonModifiers(call);
  } else if ((name == "JSON_ARRAY" || name == "JSON_ARRAYAGG") && !call.modifiers.empty()) {
    Add(name + "(");
    AddArguments(call);
    AddJsonModifiers(call);
  } else if (name == "JSON_EXISTS" || name == "JSON_VALUE" || name == "JSON_QUERY") {
    if (count != 2) return false;
    Add(name + "(");
    AddArguments(call);
    AddJsonModifiers(call);
  } else {
    return false;
  }
  Add(")");
  return true;
}

void Printer::AddJsonModifiers(const Call& call) {
  for (const CallModifier& modifier : call.modifiers) {
    if (out_.back() != '(') Add(" ");
    if (modifier.name == "RETURNING") {
      Add("RETURNING ");
      PrintExpr(modifier.value);
    } else if (modifier.name == "WRAPPER") {
      PrintExpr(modifier.value);
      Add(" ARRAY WRAPPER");
    } else {
      AddIf(!modifier.value.As<Symbol>(), "DEFAULT ");
      PrintExpr(modifier.value);
      Add(" ");
      Add(modifier.name);
    }
  }
}

void Printer::AddOver(const OverClause& over) {
  if (over.name) {
    AddIdentifier(*over.name);
  } else {
    AddWindowSpec(*over.spec);
  }
}

void Printer::AddWindowSpec(const WindowSpec& spec) {
  Add("(");
  auto blank = [&] { AddIf(out_.back() != '(', " "); };
  if (spec.base) AddIdentifier(*spec.base);
  if (!spec.partition_by.empty()) {
    blank();
    Add("PARTITION BY ");
    AddExprs(spec.partition_by);
  }
  if (!spec.order_by.empty()) {
    blank();
    Add("ORDER BY ");
    AddOrderItems(spec.order_by);
  }
  if (spec.frame) {
    blank();
    Add(spec.frame->rows ? "ROWS " : "RANGE ");
    AddIf(spec.frame->end.has_value(), "BETWEEN ");
    AddBound(spec.frame->start);
    if (spec.frame->end) {
      Add(" AND ");
      AddBound(*spec.frame->end);
    }
  }
  Add(")");
}

void Printer::AddBound(const FrameBound& bound) {
  switch (bound.kind) {
    case FrameBoundKind::kUnboundedPreceding: Add("UNBOUNDED PRECEDING"); return;
    case FrameBoundKind::kCurrentRow: Add("CURRENT ROW"); return;
    case FrameBoundKind::kUnboundedFollowing: Add("UNBOUNDED FOLLOWING"); return;
    case FrameBoundKind::kPreceding:
    case FrameBoundKind::kFollowing:
      AddOperand(*bound.distance, 26, false);      // an AND of its own would end the bound
      Add(bound.kind == FrameBoundKind::kPreceding ? " PRECEDING" : " FOLLOWING");
      return;
  }
}

void Printer::AddOrderItems(const std::vector<OrderItem>& items) {
  AddList(items, ", ", [&](const OrderItem& item) {
    PrintExpr(item.expr);
    AddIf(item.descending, " DESC");
    if (item.nulls_first) Add(*item.nulls_first ? " NULLS FIRST" : " NULLS LAST");
  });
}

void Printer::AddTableArgument(const TableArgument& argument, bool parentheses) {
  if (argument.query) {
    AddParenthesizedQuery(*argument.query);
  } else {
    Add("TABLE ");
    PrintName(argument.table);
  }
  if (!argument.partition_by.empty()) {
    bool names = !parentheses && std::all_of(argument.partition_by.begin(), argument.partition_by.end(),
                             [](const Expr& expr) { return expr.As<ColumnRef>() != nullptr; });
    Add(names ? " PARTITION BY " : " PARTITION BY (");
    AddExprs(argument.partition_by);
    AddIf(!names, ")");
  }
  if (!argument.order_by.empty()) {
    Add(" ORDER BY (");
    AddOrderItems(argument.order_by);
    Add(")");
  }
}

}  // namespace tarn::sql::internal

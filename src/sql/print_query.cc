// Prints queries and what stands in FROM, with Calcite's line breaks.
#include "sql/printer_internal.h"

namespace tarn::sql::internal {
namespace {

int Precedence(SetOperator op) { return op == SetOperator::kIntersect ? 14 : 12; }

bool HasClauses(const Query& query) { return !query.with.empty() || !query.order_by.empty() || query.limit || query.offset; }

}  // namespace

struct BodyPrinter {
  Printer& p;
  void operator()(const Select& body) { p.AddSelect(body); }
  void operator()(const Values& body) {
    p.Add("VALUES ");
    p.AddList(body.rows, ",\n", [&](const std::vector<Expr>& row) {
      p.Add("ROW(");
      p.AddExprs(row);
      p.Add(")");
    });
  }
  void operator()(const ExplicitTable& body) {
    p.Add("TABLE ");
    p.PrintName(body.table);
  }
  void operator()(const SetOperation& body) {
    p.AddSetOperand(*body.left, body.op, false);
    switch (body.op) {
      case SetOperator::kUnion: p.Add("\nUNION"); break;
      case SetOperator::kIntersect: p.Add("\nINTERSECT"); break;
      case SetOperator::kExcept: p.Add("\nEXCEPT"); break;
    }
    p.Add(body.all ? " ALL\n" : "\n");
    p.AddSetOperand(*body.right, body.op, true);
  }
  void operator()(const Box<Query>& body) { p.AddParenthesizedQuery(*body); }
};

void Printer::AddBody(const Query::Body& body) { std::visit(BodyPrinter{*this}, body); }

void Printer::AddSetOperand(const Query& query, SetOperator op, bool right) {
  bool parentheses = HasClauses(query);
  if (const SetOperation* inner = query.As<SetOperation>()) {
    int own = Precedence(inner->op), outer = Precedence(op);
    parentheses = parentheses || own < outer || (own == outer && right);
  }
  AddIf(parentheses, "(");
  PrintQuery(query);
  AddIf(parentheses, ")");
}

void Printer::PrintQuery(const Query& query) {
  if (!query.with.empty()) {
    Add("WITH ");
    AddList(query.with, ", ", [&](const CommonTable& table) {
      AddIdentifier(table.name);
      if (!table.columns.empty()) {
        Add(" (");
        AddIdentifiers(table.columns);
        Add(")");
      }
      Add(" AS ");
      AddParenthesizedQuery(table.query);
    });
    Add(" ");
    bool nested = query.As<Box<Query>>() != nullptr;      // brings its own
    AddIf(!nested, "(");
    AddBody(query.body);
    AddIf(!nested, ")");
  } else {
    AddBody(query.body);
  }
  if (!query.order_by.empty()) {
    Add("\nORDER BY ");
    AddOrderItems(query.order_by);
  }
  if (query.offset) {
    Add("\nOFFSET ");
    PrintExpr(*query.offset);
    Add(" ROWS");
  }
  if (query.limit) {
    Add("\nFETCH NEXT ");
    PrintExpr(*query.limit);
    Add(" ROWS ONLY");
  }
}

void Printer::AddHints(const std::vector<Hint>& hints) {
  Add("/*+ ");
  AddList(hints, ", ", [&](const Hint& hint) {
    AddIdentifier(hint.name);
    if (hint.options.empty() && hint.arguments.empty()) return;
    Add("(");
    AddList(hint.options, ", ", [&](const Option& option) {
      AddString(option.key);
      Add(" = ");
      AddString(option.value);
    });
    AddIf(!hint.options.empty() && !hint.arguments.empty(), ", ");
    AddList(hint.arguments, ", ", [&](const std::string& argument) { AddString(argument); });
    Add(")");
  });
  Add(" */");
}

void Printer::AddSelect(const Select& select) {
  Add("SELECT ");
  if (!select.hints.empty()) {
    out_.back() = '\n';
    AddHints(select.hints);
    Add("\n");
  }
  if (select.quantifier == SetQuantifier::kDistinct) Add("DISTINCT ");
  if (select.quantifier == SetQuantifier::kAll) Add("ALL ");
  AddList(select.items, ", ", [&](const SelectItem& item) {
    PrintExpr(item.expr);
    if (!item.alias) return;
    Add(" AS ");
    AddIdentifier(*item.alias);
  });
  if (select.from) {
    Add("\nFROM ");
    AddTableRef(*select.from, false);
  }
  if (select.where) {
    Add("\nWHERE ");
    PrintExpr(*select.where);
  }
  if (select.grouped) {
    Add("\nGROUP BY ");
    if (select.group_quantifier == SetQuantifier::kDistinct) Add("DISTINCT ");
    if (select.group_quantifier == SetQuantifier::kAll) Add("ALL ");
    AddList(select.group_by, ", ", [&](const GroupingElement& element) { AddGroupingElement(element); });
  }
  if (select.having) {
    Add("\nHAVING ");
    PrintExpr(*select.having);
  }
  if (!select.windows.empty()) {
    Add("\nWINDOW ");
    AddList(select.windows, ",\n", [&](const NamedWindow& window) {
      AddIdentifier(window.name);
      Add(" AS ");
      AddWindowSpec(window.spec);
    });
  }
}

void Printer::AddGroupingElement(const GroupingElement& element) {
  switch (element.kind) {
    case GroupingKind::kExpr: PrintExpr(element.exprs[0]); return;
    case GroupingKind::kTuple:
      Add("(");
      AddExprs(element.exprs);
      Add(")");
      return;
    case GroupingKind::kGroupingSets: Add("GROUPING SETS("); break;
    case GroupingKind::kCube: Add("CUBE("); break;
    case GroupingKind::kRollup: Add("ROLLUP("); break;
  }
  AddList(element.elements, ", ", [&](const GroupingElement& inner) { AddGroupingElement(inner); });
  Add(")");
}

// ----------------------------------------------------------------------------------------------------------------- FROM

struct TablePrinter {
  Printer& p;
  bool one_line;

  void operator()(const NamedTable& table) {
    p.PrintName(table.name);
    if (!table.hints.empty()) {
      p.Add(" ");
      p.AddHints(table.hints);
    }
    if (table.system_time) {
      p.Add(" FOR SYSTEM_TIME AS OF ");
      p.PrintExpr(*table.system_time);
    }
  }
  void operator()(const DerivedTable& table) {
    p.AddIf(table.lateral, "LATERAL ");
    p.AddParenthesizedQuery(table.query);
  }
  void operator()(const TableFunction& table) {
    p.Add(table.lateral ? "LATERAL TABLE(" : "TABLE(");
    p.AddCall(table.call);
    p.Add(")");
  }
  void operator()(const Unnest& table) {
    p.Add("UNNEST(");
    p.AddExprs(table.arguments);
    p.Add(")");
    p.AddIf(table.with_ordinality, " WITH ORDINALITY");
  }
  void operator()(const JoinedTable& table) { p.AddJoin(table, one_line); }
  void operator()(const MatchRecognize& table) { p.AddMatchRecognize(table); }
};

void Printer::AddTableRef(const TableRef& table, bool one_line) {
  std::visit(TablePrinter{*this, one_line}, table.node);
  AddAlias(table);
}

void Printer::AddAlias(const TableRef& table) {
  if (!table.alias) return;
  Add(" AS ");
  AddIdentifier(table.alias->name);
  if (table.alias->columns.empty()) return;
  Add(" (");
  AddIdentifiers(table.alias->columns);
  Add(")");
}

void Printer::AddJoin(const JoinedTable& join, bool one_line) {
  auto nested = [&](const TableRef& table, bool parentheses) {
    AddIf(parentheses, "(");
    AddTableRef(table, one_line || parentheses);
    AddIf(parentheses, ")");
  };
  const JoinedTable* left = join.left->As<JoinedTable>();
  const JoinedTable* right = join.right->As<JoinedTable>();
  bool comma = join.kind == JoinKind::kComma;
  nested(*join.left, left && left->kind == JoinKind::kComma && !comma);
  if (comma) {
    Add(",");
    Add(one_line ? " " : "\n");
    nested(*join.right, right && right->kind == JoinKind::kComma);
    return;
  }
  Add(one_line ? " " : "\n");
  AddIf(join.natural, "NATURAL ");
  switch (join.kind) {
    case JoinKind::kComma: break;
    case JoinKind::kCross: Add("CROSS JOIN "); break;
    case JoinKind::kInner: Add("INNER JOIN "); break;
    case JoinKind::kLeft: Add("LEFT JOIN "); break;
    case JoinKind::kRight: Add("RIGHT JOIN "); break;
    case JoinKind::kFull: Add("FULL JOIN "); break;
  }
  nested(*join.right, right != nullptr);
  if (join.on) {
    Add(" ON ");
    PrintExpr(*join.on);
  } else if (!join.join_using.empty()) {
    Add(" USING (");
    AddIdentifiers(join.join_using);
    Add(")");
  }
}

void Printer::AddMatchRecognize(const MatchRecognize& match) {
  bool joined = match.input->As<JoinedTable>() != nullptr;
  AddIf(joined, "(");
  AddTableRef(*match.input, joined);
  AddIf(joined, ")");
  Add(" MATCH_RECOGNIZE(");
  if (!match.partition_by.empty()) {
    Add("\nPARTITION BY ");
    AddExprs(match.partition_by);
  }
  if (!match.order_by.empty()) {
    Add("\nORDER BY ");
    AddOrderItems(match.order_by);
  }
  if (!match.measures.empty()) {
    Add("\nMEASURES ");
    AddList(match.measures, ", ", [&](const NamedExpr& measure) {
      PrintExpr(measure.expr);
      Add(" AS ");
      AddIdentifier(measure.name);
    });
  }
  if (match.all_rows_per_match) Add(*match.all_rows_per_match ? "\nALL ROWS PER MATCH" : "\nONE ROW PER MATCH");
  switch (match.after_match) {
    case AfterMatch::kNotWritten: break;
    case AfterMatch::kPastLastRow: Add("\nAFTER MATCH SKIP PAST LAST ROW"); break;
    case AfterMatch::kToNextRow: Add("\nAFTER MATCH SKIP TO NEXT ROW"); break;
    case AfterMatch::kToFirst: Add("\nAFTER MATCH SKIP TO FIRST "); break;
    case AfterMatch::kToLast: Add("\nAFTER MATCH SKIP TO LAST "); break;
  }
  if (match.after_match_variable) AddIdentifier(*match.after_match_variable);
  Add("\nPATTERN (");
  AddIf(match.strict_start, "^ ");
  AddPattern(match.pattern, false);
  AddIf(match.strict_end, " $");
  Add(")");
  if (match.within) {
    Add(" WITHIN ");
    PrintExpr(*match.within);
  }
  if (!match.subsets.empty()) {
    Add("\nSUBSET ");
    AddList(match.subsets, ", ", [&](const PatternSubset& subset) {
      AddIdentifier(subset.name);
      Add(" = (");
      AddIdentifiers(subset.variables);
      Add(")");
    });
  }
  Add("\nDEFINE ");
  AddList(match.defines, ", ", [&](const NamedExpr& define) {
    AddIdentifier(define.name);
    Add(" AS ");
    PrintExpr(define.expr);
  });
  Add(")");
}

void Printer::AddPattern(const Pattern& pattern, bool inside_quantifier) {
  auto child = [&](const Pattern& inner) {
    bool parentheses = inner.kind == PatternKind::kAlternation ||
                       (inner.kind == PatternKind::kConcatenation && pattern.kind != PatternKind::kAlternation) ||
                       (inner.kind == PatternKind::kQuantified && inside_quantifier);
    AddIf(parentheses, "(");
    AddPattern(inner, false);
    AddIf(parentheses, ")");
  };
  switch (pattern.kind) {
    case PatternKind::kVariable: AddIdentifier(pattern.variable); return;
    case PatternKind::kConcatenation: AddList(pattern.children, " ", child); return;
    case PatternKind::kAlternation: AddList(pattern.children, " | ", child); return;
    case PatternKind::kPermute:
      Add("PERMUTE (");
      AddList(pattern.children, ", ", [&](const Pattern& inner) { AddPattern(inner, false); });
      Add(")");
      return;
    case PatternKind::kExclusion:
      Add("{- ");
      AddPattern(pattern.children[0], false);
      Add(" -}");
      return;
    case PatternKind::kQuantified: break;
  }
  inside_quantifier = true;
  child(pattern.children[0]);
  if (pattern.minimum == 0 && !pattern.maximum) {
    Add(" *");
  } else if (pattern.minimum == 1 && !pattern.maximum) {
    Add(" +");
  } else if (pattern.minimum == 0 && pattern.maximum == 1) {
    Add(" ?");
  } else {
    Add(" { ");
    if (pattern.maximum == pattern.minimum) {
      AddNumber(pattern.minimum);
    } else if (!pattern.maximum) {
      AddNumber(pattern.minimum);
      Add(",");
    } else if (pattern.minimum == 0) {
      Add(", ");
      AddNumber(*pattern.maximum);
    } else {
      AddNumber(pattern.minimum);
      Add(", ");
      AddNumber(*pattern.maximum);
    }
    Add(" }");
  }
  AddIf(pattern.reluctant, " ?");
}

}  // namespace tarn::sql::internal

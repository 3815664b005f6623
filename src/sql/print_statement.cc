// Prints statements, with Flink's line breaks. CREATE TABLE and ALTER TABLE are in print_table.cc.
#include <algorithm>

#include "sql/printer_internal.h"

namespace tarn::sql::internal {

void Printer::AddOptions(const Options& options) {
  if (options.empty()) {
    Add("()");
    return;
  }
  Add("(\n");
  AddList(options, ",\n", [&](const Option& option) {
    Add("  ");
    AddString(option.key);
    Add(" = ");
    AddString(option.value);
  });
  Add("\n)");
}

void Printer::AddWith(const Options& options, std::string_view before) {
  if (options.empty()) return;
  Add(before);
  Add("WITH ");
  AddOptions(options);
}

void Printer::AddKeys(const std::vector<std::string>& keys) {
  if (keys.empty()) {
    Add("()");
    return;
  }
  Add("(\n");
  AddList(keys, ",\n", [&](const std::string& key) {
    Add("  ");
    AddString(key);
  });
  Add("\n)");
}

void Printer::AddComment(const Text& comment, std::string_view before) {
  if (!comment) return;
  Add(before);
  Add("COMMENT ");
  AddString(*comment);
}

void Printer::AddPartition(const PartitionSpec& spec) {
  Add("PARTITION (");
  AddList(spec, ", ", [&](const PartitionItem& item) {
    AddIdentifier(item.column);
    if (!item.value) return;
    Add(" = ");
    PrintExpr(*item.value);
  });
  Add(")");
}

void Printer::AddNamePattern(const std::optional<NamePattern>& like) {
  if (!like) return;
  AddIf(like->negated, " NOT");
  Add(like->ignore_case ? " ILIKE " : " LIKE ");
  AddString(like->pattern);
}

void Printer::AddFunctionLanguage(FunctionLanguage language) {
  switch (language) {
    case FunctionLanguage::kNotWritten: return;
    case FunctionLanguage::kJava: Add(" LANGUAGE JAVA"); return;
    case FunctionLanguage::kScala: Add(" LANGUAGE SCALA"); return;
    case FunctionLanguage::kPython: Add(" LANGUAGE PYTHON"); return;
  }
}

void Printer::AddInsert(const Insert& insert) {
  Add(insert.overwrite ? "INSERT OVERWRITE " : "INSERT INTO ");
  AddIf(hive(), "TABLE ");
  PrintName(insert.table);
  if (!insert.hints.empty()) {
    Add(" ");
    AddHints(insert.hints);
  }
  if (!insert.partition.empty()) {
    Add(" ");
    AddPartition(insert.partition);
  }
  AddIf(insert.if_not_exists, " IF NOT EXISTS");
  if (!insert.columns.empty()) {
    Add(" (");
    AddList(insert.columns, ", ", [&](const Name& column) { PrintName(column); });
    Add(")");
  }
  Add("\n");
  const Query& source = insert.source;
  bool parentheses = source.As<Select>() && source.with.empty() && source.order_by.empty() && !source.limit && !source.offset;
  AddIf(parentheses, "(");
  PrintQuery(source);
  AddIf(parentheses, ")");
}

void Printer::AddStatementSet(const StatementSet& set) {
  Add("STATEMENT SET BEGIN\n");
  for (const Insert& insert : set.inserts) {
    AddInsert(insert);
    Add("\n;\n");
  }
  Add("END");
}

void Printer::AddShow(const Show& show) {
  std::string words = StatementKindName(Statement(show));
  Add(words);
  bool object = show.kind == ShowKind::kPartitions || show.kind == ShowKind::kCreateTable || show.kind == ShowKind::kCreateView ||
                show.kind == ShowKind::kCreateCatalog || show.kind == ShowKind::kCreateDatabase ||
                show.kind == ShowKind::kTableProperties;
  if (!show.name.empty()) {
    Add(object ? " " : " FROM ");
    PrintName(show.name);
  }
  AddNamePattern(show.like);
  if (!show.partition.empty()) {
    Add(" ");
    AddPartition(show.partition);
  }
  if (show.property) {
    Add(" (");
    AddString(*show.property);
    Add(")");
  }
}

void Printer::AddDescribe(const Describe& describe) {
  switch (describe.kind) {
    case DescribeKind::kTable: Add("DESCRIBE "); break;
    case DescribeKind::kCatalog: Add("DESCRIBE CATALOG "); break;
    case DescribeKind::kDatabase: Add("DESCRIBE DATABASE "); break;
    case DescribeKind::kFunction: Add("DESCRIBE FUNCTION "); break;
    case DescribeKind::kJob:
      Add("DESCRIBE JOB ");
      AddString(describe.job_id);
      return;
  }
  AddIf(describe.extended, "EXTENDED ");
  AddIf(describe.formatted, "FORMATTED ");
  PrintName(describe.name);
  if (!describe.partition.empty()) {
    Add(" ");
    AddPartition(describe.partition);
  }
  if (!describe.column.empty()) {
    Add(" ");
    PrintName(describe.column);
  }
}

// One overload a node: the compiler names what is missing.
struct StatementPrinter {
  Printer& p;

  void Head(std::string_view words, bool flag, std::string_view condition, const Name& name) {
    p.Add(words);
    p.AddIf(flag, condition);
    p.PrintName(name);
  }
  static Name Of(const Identifier& identifier) { return Name{{identifier}, identifier.position}; }
  void Query_(const Query& query) {
    p.Add("\nAS\n");
    p.PrintQuery(query);
  }
  void Identifiers(std::string_view before, const std::vector<Identifier>& list, std::string_view after) {
    if (list.empty()) return;
    p.Add(before);
    p.AddIdentifiers(list);
    p.Add(after);
  }

  void operator()(const Query& s) { p.PrintQuery(s); }
  void operator()(const Insert& s) { p.AddInsert(s); }
  void operator()(const StatementSet& s) {
    p.Add("EXECUTE ");
    p.AddStatementSet(s);
  }
  void operator()(const BeginStatementSet&) { p.Add("BEGIN STATEMENT SET"); }
  void operator()(const EndStatementSet&) { p.Add("END"); }
  template <typename Variant>
  void Body(const Variant& body) {
    std::visit(
        [&](const auto& part) {
          using T = std::decay_t<decltype(part)>;
          if constexpr (std::is_same_v<T, Query>) p.PrintQuery(part);
          if constexpr (std::is_same_v<T, Insert>) p.AddInsert(part);
          if constexpr (std::is_same_v<T, StatementSet>) p.AddStatementSet(part);
        },
        body);
  }
  void operator()(const Explain& s) {
    std::vector<std::string_view> details;
    if (s.estimated_cost) details.push_back("ESTIMATED_COST");
    if (s.changelog_mode) details.push_back("CHANGELOG_MODE");
    if (s.json_execution_plan) details.push_back("JSON_EXECUTION_PLAN");
    if (s.plan_advice) details.push_back("PLAN_ADVICE");
    p.Add("EXPLAIN ");
    p.AddList(details, ", ", [&](std::string_view detail) { p.Add(detail); });
    p.AddIf(!details.empty(), " ");
    Body(s.body);
  }
  void operator()(const Execute& s) {
    p.Add("EXECUTE ");
    Body(s.body);
  }
  void operator()(const CompilePlan& s) {
    p.Add(s.and_execute ? "COMPILE AND EXECUTE PLAN " : "COMPILE PLAN ");
    p.AddString(s.uri);
    p.AddIf(s.if_not_exists, " IF NOT EXISTS");
    p.Add(" FOR ");
    Body(s.body);
  }
  void operator()(const ExecutePlan& s) {
    p.Add("EXECUTE PLAN ");
    p.AddString(s.uri);
  }
  void operator()(const CreateTable& s) { p.AddCreateTable(s); }
  void operator()(const AlterTable& s) { p.AddAlterTable(s); }
  void operator()(const CreateCatalog& s) {
    Head("CREATE CATALOG ", s.if_not_exists, "IF NOT EXISTS ", Of(s.name));
    p.AddComment(s.comment, "\n");
    p.AddWith(s.options, " ");
  }
  void operator()(const AlterCatalog& s) {
    Head("ALTER CATALOG ", false, "", Of(s.name));
    Action(s.action);
  }
  void operator()(const CreateDatabase& s) {
    Head("CREATE DATABASE ", s.if_not_exists, "IF NOT EXISTS ", s.name);
    p.AddComment(s.comment, "\n");
    if (s.location) {
      p.Add("\nLOCATION ");
      p.AddString(*s.location);
    }
    if (p.hive()) {
      if (s.options.empty()) return;
      p.Add("\nWITH DBPROPERTIES ");
      p.AddOptions(s.options);
    } else {
      p.AddWith(s.options, " ");
    }
  }
  void operator()(const AlterDatabase& s) {
    Head("ALTER DATABASE ", false, "", s.name);
    Action(s.action, p.hive() ? " SET DBPROPERTIES " : " SET ");
  }
  void operator()(const CreateView& s) {
    p.Add(s.replace ? "CREATE OR REPLACE " : "CREATE ");
    p.AddIf(s.temporary, "TEMPORARY ");
    Head("VIEW ", s.if_not_exists, "IF NOT EXISTS ", s.name);
    if (!s.columns.empty()) {
      p.Add(" (");
      for (size_t i = 0; i < s.columns.size(); ++i) {
        p.AddIf(i > 0, ", ");
        p.AddIdentifier(s.columns[i]);
        if (i < s.column_comments.size()) p.AddComment(s.column_comments[i], " ");
      }
      p.Add(")");
    }
    p.AddComment(s.comment, "\n");
    if (!s.options.empty()) {
      p.Add("\nTBLPROPERTIES ");
      p.AddOptions(s.options);
    }
    Query_(s.query);
  }
  void operator()(const AlterView& s) {
    Head("ALTER VIEW ", false, "", s.name);
    if (const SetQuery* query = std::get_if<SetQuery>(&s.action)) {
      Query_(query->query);
      return;
    }
    Action(s.action, " SET TBLPROPERTIES ", " UNSET TBLPROPERTIES ");
  }
  // The small actions that several ALTER statements share.
  template <typename Variant>
  void Action(const Variant& action, std::string_view set = " SET ", std::string_view reset = " RESET ") {
    std::visit(
        [&](const auto& part) {
          using T = std::decay_t<decltype(part)>;
          if constexpr (std::is_same_v<T, SetOptions>) {
            p.Add(set);
            p.AddOptions(part.options);
          } else if constexpr (std::is_same_v<T, ResetOptions>) {
            p.Add(reset);
            p.AddKeys(part.keys);
          } else if constexpr (std::is_same_v<T, SetComment>) {
            p.AddComment(part.comment, " ");
          } else if constexpr (std::is_same_v<T, RenameTable>) {
            p.Add(" RENAME TO ");
            p.PrintName(part.to);
          } else if constexpr (std::is_same_v<T, SetLocation>) {
            p.Add(" SET LOCATION ");
            p.AddString(part.location);
          } else if constexpr (std::is_same_v<T, SetOwner>) {
            p.Add(" SET OWNER " + part.kind + " ");
            p.AddIdentifier(part.name);
          }
        },
        action);
  }
  void Function(std::string_view verb, bool temporary, bool system) {
    p.Add(verb);
    p.AddIf(temporary, "TEMPORARY ");
    p.AddIf(system, "SYSTEM ");
    p.Add("FUNCTION ");
  }
  void operator()(const CreateFunction& s) {
    Function("CREATE ", s.temporary, s.system);
    p.AddIf(s.if_not_exists, "IF NOT EXISTS ");
    p.PrintName(s.name);
    p.Add(" AS ");
    p.AddString(s.identifier);
    p.AddFunctionLanguage(s.language);
    if (s.jars.empty()) return;
    p.Add(" USING ");
    p.AddList(s.jars, ", ", [&](const std::string& jar) {
      p.Add("JAR ");
      p.AddString(jar);
    });
  }
  void operator()(const AlterFunction& s) {
    Function("ALTER ", s.temporary, s.system);
    p.AddIf(s.if_exists, "IF EXISTS ");
    p.PrintName(s.name);
    p.Add(" AS ");
    p.AddString(s.identifier);
    p.AddFunctionLanguage(s.language);
  }
  void operator()(const CreateMaterializedTable& s) {
    p.Add("CREATE MATERIALIZED TABLE ");
    p.PrintName(s.name);
    if (s.primary_key) {
      p.Add("\n(\n  ");
      p.AddConstraint(*s.primary_key);
      p.Add("\n)");
    }
    p.AddComment(s.comment, "\n");
    Identifiers("\nPARTITIONED BY (", s.partitioned_by, ")");
    p.AddWith(s.options, "\n");
    p.Add("\nFRESHNESS = ");
    p.PrintExpr(s.freshness);
    if (s.refresh_mode == RefreshMode::kFull) p.Add("\nREFRESH_MODE = FULL");
    if (s.refresh_mode == RefreshMode::kContinuous) p.Add("\nREFRESH_MODE = CONTINUOUS");
    Query_(s.query);
  }
  void operator()(const AlterMaterializedTable& s) {
    p.Add("ALTER MATERIALIZED TABLE ");
    p.PrintName(s.name);
    if (std::get_if<Suspend>(&s.action)) p.Add(" SUSPEND");
    if (const Resume* resume = std::get_if<Resume>(&s.action)) {
      p.Add(" RESUME");
      p.AddWith(resume->options, "\n");
    }
    if (const Refresh* refresh = std::get_if<Refresh>(&s.action)) {
      p.Add(" REFRESH");
      if (refresh->partition.empty()) return;
      p.Add(" ");
      p.AddPartition(refresh->partition);
    }
  }
  void operator()(const CreateModel& s) {
    p.Add(s.temporary ? "CREATE TEMPORARY MODEL " : "CREATE MODEL ");
    p.AddIf(s.if_not_exists, "IF NOT EXISTS ");
    p.PrintName(s.name);
    auto columns = [&](std::string_view word, const std::vector<ColumnDefinition>& list) {
      if (list.empty()) return;
      p.Add(word);
      p.AddList(list, ",\n", [&](const ColumnDefinition& column) {
        p.Add("  ");
        p.AddColumn(column);
      });
      p.Add("\n)");
    };
    columns(" INPUT (\n", s.input);
    columns(" OUTPUT (\n", s.output);
    p.AddComment(s.comment, "\n");
    p.AddWith(s.options, s.comment ? " " : "\n");
  }
  void operator()(const Drop& s) {
    p.Add("DROP ");
    p.AddIf(s.temporary, "TEMPORARY ");
    p.AddIf(s.system, "SYSTEM ");
    Drop plain;
    plain.kind = s.kind;
    p.Add(StatementKindName(Statement(plain)).substr(5));
    p.Add(" ");
    p.AddIf(s.if_exists, "IF EXISTS ");
    p.PrintName(s.name);
    if (s.behavior == DropBehavior::kRestrict) p.Add(" RESTRICT");
    if (s.behavior == DropBehavior::kCascade) p.Add(" CASCADE");
    p.AddIf(s.purge, " PURGE");
  }
  void operator()(const LoadModule& s) {
    p.Add("LOAD MODULE ");
    p.AddIdentifier(s.name);
    p.AddWith(s.options, " ");
  }
  void operator()(const UnloadModule& s) {
    p.Add("UNLOAD MODULE ");
    p.AddIdentifier(s.name);
  }
  void operator()(const UseCatalog& s) {
    p.Add("USE CATALOG ");
    p.AddIdentifier(s.name);
  }
  void operator()(const UseDatabase& s) {
    p.Add("USE ");
    p.PrintName(s.name);
  }
  void operator()(const UseModules& s) { Identifiers("USE MODULES ", s.modules, ""); }
  void operator()(const Show& s) { p.AddShow(s); }
  void operator()(const Describe& s) { p.AddDescribe(s); }
  void Where(const ExprPtr& where) {
    if (!where) return;
    p.Add("\nWHERE ");
    p.PrintExpr(*where);
  }
  void Alias(const std::optional<Identifier>& alias) {
    if (!alias) return;
    p.Add(" AS ");
    p.AddIdentifier(*alias);
  }
  void operator()(const Update& s) {
    p.Add("UPDATE ");
    p.PrintName(s.table);
    Alias(s.alias);
    p.Add(" SET ");
    p.AddList(s.assignments, ", ", [&](const Assignment& assignment) {
      p.PrintName(assignment.column);
      p.Add(" = ");
      p.PrintExpr(assignment.value);
    });
    Where(s.where);
  }
  void operator()(const Delete& s) {
    p.Add("DELETE FROM ");
    p.PrintName(s.table);
    Alias(s.alias);
    Where(s.where);
  }
  void operator()(const TruncateTable& s) {
    p.Add("TRUNCATE TABLE ");
    p.PrintName(s.name);
    if (s.partition.empty()) return;
    p.Add(" ");
    p.AddPartition(s.partition);
  }
  void operator()(const AnalyzeTable& s) {
    p.Add("ANALYZE TABLE ");
    p.PrintName(s.name);
    if (!s.partition.empty()) {
      p.Add(" ");
      p.AddPartition(s.partition);
    }
    p.Add(" COMPUTE STATISTICS");
    p.AddIf(s.all_columns, p.hive() ? " FOR COLUMNS" : " FOR ALL COLUMNS");
    if (s.for_columns) Identifiers(" FOR COLUMNS ", s.columns, "");
  }
  void operator()(const StopJob& s) {
    p.Add("STOP JOB ");
    p.AddString(s.job_id);
    p.AddIf(s.with_savepoint, " WITH SAVEPOINT");
    p.AddIf(s.with_drain, " WITH DRAIN");
  }
  void operator()(const CallProcedure& s) {
    p.Add("CALL ");
    p.AddCall(s.call);
  }
  void operator()(const SetOption& s) {
    p.Add("SET");
    if (!s.key) return;
    p.Add(" ");
    p.AddString(*s.key);
    if (!s.value) return;
    p.Add(" = ");
    p.AddString(*s.value);
  }
  void operator()(const ResetOption& s) {
    p.Add("RESET");
    if (!s.key) return;
    p.Add(" ");
    p.AddString(*s.key);
  }
  void operator()(const AddJar& s) {
    p.Add("ADD JAR ");
    p.AddString(s.path);
  }
  void operator()(const RemoveJar& s) {
    p.Add("REMOVE JAR ");
    p.AddString(s.path);
  }
  void operator()(const ClientCommand& s) { p.Add(StatementKindName(Statement(s))); }
};

void Printer::PrintStatement(const Statement& statement) { std::visit(StatementPrinter{*this}, statement.node); }

}  // namespace tarn::sql::internal

#include "session/ddl.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "expr/evaluator.h"
#include "plan/bind_expr.h"
#include "plan/bind_type.h"
#include "session/validated_text.h"
#include "sql/parser.h"
#include "sql/printer.h"

namespace tarn::session {
using table::CatalogTable;
using types::Column;
using types::LogicalType;
using types::TypeRoot;

namespace {
template <class... F> struct Visitor : F... { using F::operator()...; };
template <class... F> Visitor(F...) -> Visitor<F...>;

// Columns that a computed column may use: physical and metadata ones. A watermark may use computed ones too.
plan::Scope ScopeOf(const types::Schema& schema, bool computed) {
  plan::Scope s;
  for (const Column& c : schema.columns)
    if (computed || c.kind != Column::Kind::kComputed) s.columns.push_back({"", c.name, c.type});
  return s;
}

Result<Column> BuildColumn(const sql::ColumnDefinition& d) {
  Column c;
  c.name = d.name.name;
  c.comment = d.comment.value_or("");
  if (d.type) {
    c.type = TRY(plan::BindType(*d.type));
    if (c.type.is_interval()) return Status::InvalidSql("INTERVAL is no type of a column: `" + c.name + "`").WithPosition(d.position);
  }
  std::visit(Visitor{
      [&](const sql::PhysicalColumn&) {},
      [&](const sql::MetadataColumn& m) {
        c.kind = Column::Kind::kMetadata;
        c.metadata_key = m.key;
        c.is_virtual = m.is_virtual;
      },
      [&](const sql::ComputedColumn& x) {
        c.kind = Column::Kind::kComputed;
        c.expression = sql::Print(x.expr, {.validated = true});
      },
  }, d.kind);
  return c;
}

Status ResolveComputed(types::Schema* schema, const DdlContext& context) {
  plan::Scope scope = ScopeOf(*schema, false);
  for (Column& c : schema->columns) {
    if (c.kind != Column::Kind::kComputed) continue;
    plan::ExprBinder binder(context.registry->functions(), scope);
    c.expression = TRY(ValidatedText(c.expression, binder));
    Result<expr::ExprPtr> e = binder.Bind(TRY(sql::ParseExpression(c.expression)));
    if (!e.ok()) return Status(e.status()).WithContext("Invalid expression for computed column '" + c.name + "'");
    c.type = (*e)->type;
  }
  return Status::OK();
}

Status ResolveWatermark(types::Schema* schema, const DdlContext& context) {
  if (!schema->watermark) return Status::OK();
  types::WatermarkSpec& w = *schema->watermark;
  int at = schema->IndexOf(w.column);
  if (at < 0) {
    std::string near = ClosestName(w.column, schema->Names());
    return Status::InvalidSql("Invalid column name '" + w.column + "' for rowtime attribute in watermark declaration. Available columns are: [" +
                              Join(schema->Names(), ", ") + "]").WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
  }
  const LogicalType& t = schema->columns[at].type;
  if (!t.is_timestamp() || t.precision() > 3)
    return Status::InvalidSql("Invalid data type of time field for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported "
                              "precision 'p' is from 0 to 3, but the time field type is " + t.ToSummaryString());
  if (t.is_proctime()) return Status::InvalidSql("A watermark can not be defined for a processing-time attribute.");
  plan::Scope scope = ScopeOf(*schema, true);
  plan::ExprBinder bind(context.registry->functions(), scope);
  w.expression = TRY(ValidatedText(w.expression, bind));
  Result<expr::ExprPtr> e = bind.Bind(TRY(sql::ParseExpression(w.expression)));
  if (!e.ok()) return Status(e.status()).WithContext("Invalid expression for watermark '" + w.column + "'");
  if (!(*e)->type.is_timestamp())
    return Status::InvalidSql("Invalid data type of expression for watermark definition. The field must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), but the watermark "
                              "expression type is " + (*e)->type.ToSummaryString());
  w.type = (*e)->type.WithTimeAttribute(types::TimeAttribute::kNone);
  return Status::OK();
}

Status SetPrimaryKey(types::Schema* schema, const sql::TableConstraint& c) {
  if (c.unique) return Status::NotSupported("UNIQUE constraint is not supported yet").WithPosition(c.position);
  if (c.enforced.value_or(true))
    return Status::InvalidSql("Flink doesn't support ENFORCED mode for PRIMARY KEY constraint. ENFORCED/NOT ENFORCED  controls if the constraint checks are performed on the "
                              "incoming/outgoing data. Flink does not own the data therefore the only supported mode is the NOT ENFORCED mode").WithPosition(c.position);
  types::PrimaryKey key;
  for (const sql::Identifier& i : c.columns) {
    int at = schema->IndexOf(i.name);
    if (at < 0) {
      std::string near = ClosestName(i.name, schema->Names());
      return Status::InvalidSql("Primary key column '" + i.name + "' is not defined in the schema").WithPosition(i.position).WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
    if (schema->columns[at].kind != Column::Kind::kPhysical)
      return Status::InvalidSql("Could not create a PRIMARY KEY with column '" + i.name + "': it is not a physical column").WithPosition(i.position);
    if (std::find(key.columns.begin(), key.columns.end(), i.name) != key.columns.end())
      return Status::InvalidSql("Primary key contains duplicate column '" + i.name + "'").WithPosition(i.position);
    key.columns.push_back(i.name);
    schema->columns[at].type = schema->columns[at].type.NotNull();
  }
  key.name = c.name ? c.name->name : "PK_" + Join(key.columns, "_");
  schema->primary_key = std::move(key);
  return Status::OK();
}

void SetWatermark(types::Schema* schema, const sql::WatermarkDefinition& w) { schema->watermark = types::WatermarkSpec{w.column.ToString(), sql::Print(w.expr), {}}; }

Status CheckNames(const types::Schema& schema) {
  for (size_t i = 0; i < schema.columns.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      if (schema.columns[i].name == schema.columns[j].name) return Status::InvalidSql("A column named '" + schema.columns[i].name + "' already exists in the table");
  return Status::OK();
}

// Storage of the Hive dialect as Flink's HiveTable options, which the hive catalog turns into a StorageDescriptor.
void HiveOptions(const sql::CreateTable& c, CatalogTable* t) {
  const sql::HiveStorage& h = *c.hive;
  t->options.Set("connector", "hive");
  if (c.external) t->options.Set("hive.is-external", "true");
  if (h.location) t->options.Set("hive.location-uri", *h.location);
  if (h.stored_as) t->options.Set("hive.storage.file-format", ToLower(h.stored_as->name));
  if (h.input_format) t->options.Set("hive.stored.as.input.format", *h.input_format);
  if (h.output_format) t->options.Set("hive.stored.as.output.format", *h.output_format);
  if (h.row_format_serde) t->options.Set("hive.serde.lib.class.name", *h.row_format_serde);
  for (const sql::Option& o : h.serde_properties) t->options.Set("hive.serde.info.prop." + o.key, o.value);
  auto property = [&](const sql::Text& v, const char* key) { if (v) t->options.Set(std::string("hive.serde.info.prop.") + key, *v); };
  property(h.fields_terminated_by, "field.delim");
  if (h.fields_terminated_by) t->options.Set("hive.serde.info.prop.serialization.format", *h.fields_terminated_by);
  property(h.escaped_by, "escape.delim");
  property(h.collection_items_terminated_by, "collection.delim");
  property(h.map_keys_terminated_by, "mapkey.delim");
  property(h.lines_terminated_by, "line.delim");
  property(h.null_defined_as, "serialization.null.format");
}

Status MergeLike(const sql::TableLike& like, const DdlContext& context, CatalogTable* t) {
  plan::ResolvedTable source = TRY(context.catalogs->Resolve(like.source));
  if (source.table.is_view()) return Status::InvalidSql("Source table '" + source.path.ToString() + "' of the LIKE clause can not be a VIEW").WithPosition(like.source.position);
  auto strategy = [&](sql::LikeFeature f) {
    sql::MergingStrategy s = f == sql::LikeFeature::kOptions ? sql::MergingStrategy::kOverwriting : sql::MergingStrategy::kIncluding;
    for (const sql::LikeOption& o : like.options) if (o.feature == sql::LikeFeature::kAll) s = o.strategy;
    for (const sql::LikeOption& o : like.options) if (o.feature == f) s = o.strategy;
    return s;
  };
  using enum sql::MergingStrategy;
  types::Schema merged;
  for (const Column& c : source.table.schema.columns) {
    sql::MergingStrategy s = c.kind == Column::Kind::kComputed ? strategy(sql::LikeFeature::kGenerated)
                             : c.kind == Column::Kind::kMetadata ? strategy(sql::LikeFeature::kMetadata) : kIncluding;
    int own = t->schema.IndexOf(c.name);
    if (s == kExcluding) continue;
    if (own >= 0) {
      if (s == kOverwriting) continue;
      return Status::InvalidSql("A column named '" + c.name + "' already exists in the base table.");
    }
    merged.columns.push_back(c);
  }
  for (const Column& c : t->schema.columns) merged.columns.push_back(c);
  merged.watermark = t->schema.watermark;
  if (source.table.schema.watermark && strategy(sql::LikeFeature::kWatermarks) != kExcluding) {
    if (!merged.watermark) merged.watermark = source.table.schema.watermark;
    else if (strategy(sql::LikeFeature::kWatermarks) == kIncluding && merged.watermark->column == source.table.schema.watermark->column)
      return Status::InvalidSql("There already exists a watermark spec for column '" + merged.watermark->column + "' in the base table.")
          .WithHint("You might want to specify EXCLUDING WATERMARKS or OVERWRITING WATERMARKS");
  }
  merged.primary_key = t->schema.primary_key;
  if (source.table.schema.primary_key && strategy(sql::LikeFeature::kConstraints) != kExcluding) {
    if (merged.primary_key) return Status::InvalidSql("The base table already has a primary key. You might want to specify EXCLUDING CONSTRAINTS.");
    merged.primary_key = source.table.schema.primary_key;
  }
  if (!source.table.partition_keys.empty() && strategy(sql::LikeFeature::kPartitions) != kExcluding) {
    if (!t->partition_keys.empty()) return Status::InvalidSql("The base table already has partitions defined. You might want to specify EXCLUDING PARTITIONS.");
    t->partition_keys = source.table.partition_keys;
  }
  if (strategy(sql::LikeFeature::kOptions) != kExcluding) {
    for (const auto& [k, v] : source.table.options.values()) {
      if (t->options.Has(k)) {
        if (strategy(sql::LikeFeature::kOptions) == kIncluding)
          return Status::InvalidSql("There already exists an option ['" + k + "' -> '" + v + "'] in the base table. You might want to specify EXCLUDING OPTIONS or OVERWRITING OPTIONS.");
        continue;
      }
      t->options.Set(k, v);
    }
  }
  t->schema = std::move(merged);
  return Status::OK();
}
}  // namespace

Result<CatalogTable> BuildTable(const sql::CreateTable& c, const DdlContext& context, const RowType* query_type) {
  CatalogTable t;
  t.comment = c.comment.value_or("");
  if (query_type) {
    auto refuse = [&](const char* what) { return Status::InvalidSql(std::string("CREATE TABLE AS SELECT syntax does not support ") + what).WithPosition(c.name.position); };
    if (!c.columns.empty()) return refuse("to specify explicit columns yet.");
    if (!c.watermarks.empty()) return refuse("to specify explicit watermark yet.");
    if (!c.constraints.empty()) return refuse("primary key constraints yet.");
    if (!c.partitioned_by.empty()) return refuse("to create partitioned table yet.");
    if (c.temporary) return refuse("to create temporary table yet.");
    for (size_t i = 0; i < query_type->size(); ++i) {
      Column column;
      column.name = query_type->names[i];
      column.type = query_type->types[i].WithTimeAttribute(types::TimeAttribute::kNone);
      if (column.type.root() == TypeRoot::kNull) return Status::InvalidSql("column '" + column.name + "' of the query has type NULL: cast it");
      t.schema.columns.push_back(std::move(column));
    }
  }
  for (const sql::ColumnDefinition& d : c.columns) {
    t.schema.columns.push_back(TRY(BuildColumn(d)));
  }
  for (const sql::Option& o : c.options) t.options.Set(o.key, o.value);
  if (c.hive) {
    for (const sql::ColumnDefinition& d : c.hive->partition_columns) {
      t.schema.columns.push_back(TRY(BuildColumn(d)));
      t.partition_keys.push_back(d.name.name);
    }
    HiveOptions(c, &t);
    // Hive's TIMESTAMP has nine digits, and nothing says otherwise.
    for (Column& column : t.schema.columns)
      if (column.type.root() == TypeRoot::kTimestamp) column.type = types::LogicalType::Timestamp(9).WithNullable(column.type.nullable());
  }
  for (const sql::Identifier& p : c.partitioned_by) t.partition_keys.push_back(p.name);
  if (c.watermarks.size() > 1) return Status::InvalidSql("Multiple WATERMARK definition is not supported yet.").WithPosition(c.watermarks[1].position);
  if (!c.watermarks.empty()) SetWatermark(&t.schema, c.watermarks[0]);
  if (c.distribution) return Status::NotSupported("DISTRIBUTED BY").WithPosition(c.distribution->position);
  if (c.like) TRY(MergeLike(*c.like, context, &t));
  TRY(CheckNames(t.schema));
  if (t.schema.primary_key)
    for (const std::string& k : t.schema.primary_key->columns)
      if (int at = t.schema.IndexOf(k); at >= 0) t.schema.columns[at].type = t.schema.columns[at].type.NotNull();
  for (const sql::TableConstraint& k : sql::AllConstraints(c)) {
    if (t.schema.primary_key) return Status::InvalidSql("Duplicate primary key definition").WithPosition(k.position);
    TRY(SetPrimaryKey(&t.schema, k));
  }
  TRY(ResolveComputed(&t.schema, context));   // after the key: an expression over NOT NULL columns is NOT NULL
  TRY(ResolveWatermark(&t.schema, context));
  for (const std::string& p : t.partition_keys)
    if (t.schema.IndexOf(p) < 0) {
      std::string near = ClosestName(p, t.schema.Names());
      return Status::InvalidSql("Partition column '" + p + "' not defined in the table schema. Available columns: ['" + Join(t.schema.Names(), "', '") + "']")
          .WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
  bool physical = std::any_of(t.schema.columns.begin(), t.schema.columns.end(), [](const Column& k) { return k.kind == Column::Kind::kPhysical; });
  if (!physical && !c.hive && t.schema.columns.empty()) return Status::InvalidSql("a table needs at least one column").WithPosition(c.name.position);
  return t;
}

Result<CatalogTable> BuildView(const sql::CreateView& c, const DdlContext& context, const RowType& type) {
  CatalogTable t;
  t.kind = CatalogTable::Kind::kView;
  t.comment = c.comment.value_or("");
  for (const sql::Option& o : c.options) t.options.Set(o.key, o.value);
  if (!c.columns.empty() && c.columns.size() != type.size())
    return Status::InvalidSql(fmt::format("VIEW definition and input fields not match:\n\tDef fields: [{}].\n\tInput fields: [{}].",
      [&] { std::string s; for (const auto& i : c.columns) s += (s.empty() ? "" : ", ") + i.name; return s; }(), Join(type.names, ", "))).WithPosition(c.name.position);
  for (size_t i = 0; i < type.size(); ++i) {
    Column column;
    column.name = c.columns.empty() ? type.names[i] : c.columns[i].name;
    column.type = type.types[i];
    t.schema.columns.push_back(std::move(column));
  }
  TRY(CheckNames(t.schema));
  t.original_query = sql::Print(c.query);
  t.expanded_query = sql::Print(ExpandQuery(c.query, context));
  return t;
}

// ------------------------------------------------------------------------------------------------------------------------- ALTER

namespace {
Status Place(types::Schema* schema, Column column, const sql::PlacedColumn& p) {
  size_t at = schema->columns.size();
  if (p.place == sql::ColumnPlace::kFirst) at = 0;
  if (p.place == sql::ColumnPlace::kAfter) {
    int i = schema->IndexOf(p.after->name);
    if (i < 0) return Status::InvalidSql("Referenced column `" + p.after->name + "` by 'AFTER' does not exist in the table.").WithPosition(p.after->position);
    at = static_cast<size_t>(i) + 1;
  }
  schema->columns.insert(schema->columns.begin() + static_cast<std::ptrdiff_t>(at), std::move(column));
  return Status::OK();
}

Status Unused(const CatalogTable& t, const std::string& name, const TextPosition& p) {
  if (t.schema.primary_key && std::find(t.schema.primary_key->columns.begin(), t.schema.primary_key->columns.end(), name) != t.schema.primary_key->columns.end())
    return Status::InvalidSql("The column `" + name + "` is used as the primary key.").WithPosition(p);
  if (t.schema.watermark && (t.schema.watermark->column == name || t.schema.watermark->expression.find("`" + name + "`") != std::string::npos))
    return Status::InvalidSql("The column `" + name + "` is referenced by watermark expression.").WithPosition(p);
  if (std::find(t.partition_keys.begin(), t.partition_keys.end(), name) != t.partition_keys.end())
    return Status::InvalidSql("The column `" + name + "` is used as the partition keys.").WithPosition(p);
  for (const Column& c : t.schema.columns)
    if (c.kind == Column::Kind::kComputed && c.name != name && c.expression.find("`" + name + "`") != std::string::npos)
      return Status::InvalidSql("The column `" + name + "` is referenced by computed column `" + c.name + "`.").WithPosition(p);
  return Status::OK();
}

Status MustExist(const types::Schema& s, const std::string& name, const TextPosition& p) {
  if (s.IndexOf(name) >= 0) return Status::OK();
  std::string near = ClosestName(name, s.Names());
  return Status::InvalidSql("The column `" + name + "` does not exist in the base table.").WithPosition(p).WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
}
}  // namespace

Status ApplyChange(const sql::AlterTable& alter, const DdlContext& context, CatalogTable* t) {
  types::Schema& s = t->schema;
  auto lacks = [&](const char* what) { return Status::NotSupported(what).WithPosition(alter.name.position); };
  TRY(std::visit(Visitor{
      [&](const sql::RenameTable&) -> Status { return Status::Internal("rename is the catalog's"); },
      [&](const sql::RenameColumn& r) -> Status {
        const std::string from = r.from.ToString();
        TRY(MustExist(s, from, r.from.position));
        if (s.IndexOf(r.to.name) >= 0) return Status::InvalidSql("The column `" + r.to.name + "` already existed in table schema.").WithPosition(r.to.position);
        for (const Column& c : s.columns)
          if (c.kind == Column::Kind::kComputed && c.expression.find("`" + from + "`") != std::string::npos)
            return Status::InvalidSql("The column `" + from + "` is referenced by computed column `" + c.name + "`.").WithPosition(r.from.position);
        if (s.watermark && s.watermark->expression.find("`" + from + "`") != std::string::npos)
          return Status::InvalidSql("The column `" + from + "` is referenced by watermark expression.").WithPosition(r.from.position);
        if (s.watermark && s.watermark->column == from) s.watermark->column = r.to.name;
        s.columns[s.IndexOf(from)].name = r.to.name;
        if (s.primary_key) std::replace(s.primary_key->columns.begin(), s.primary_key->columns.end(), from, r.to.name);
        std::replace(t->partition_keys.begin(), t->partition_keys.end(), from, r.to.name);
        return Status::OK();
      },
      [&](const sql::ChangeSchema& c) -> Status {
        if (c.distribution) return lacks("DISTRIBUTED BY");
        bool modify = c.kind == sql::ChangeSchema::Kind::kModify;
        if (c.kind == sql::ChangeSchema::Kind::kReplace) {
          std::vector<Column> keys;
          for (const Column& k : s.columns)
            if (std::find(t->partition_keys.begin(), t->partition_keys.end(), k.name) != t->partition_keys.end()) keys.push_back(k);
          s.columns.clear();
          for (const sql::PlacedColumn& p : c.columns) s.columns.push_back(TRY(BuildColumn(p.column)));
          s.columns.insert(s.columns.end(), keys.begin(), keys.end());
          return Status::OK();
        }
        for (const sql::PlacedColumn& p : c.columns) {
          Column column = TRY(BuildColumn(p.column));
          int at = s.IndexOf(column.name);
          if (modify) {
            TRY(MustExist(s, column.name, p.column.name.position));
            if (s.primary_key && std::find(s.primary_key->columns.begin(), s.primary_key->columns.end(), column.name) != s.primary_key->columns.end()) column.type = column.type.NotNull();
            if (p.place == sql::ColumnPlace::kNotWritten) { s.columns[at] = std::move(column); continue; }
            s.columns.erase(s.columns.begin() + at);
          } else if (at >= 0) {
            return Status::InvalidSql("Try to add a column `" + column.name + "` which already exists in the table.").WithPosition(p.column.name.position);
          }
          TRY(Place(&s, std::move(column), p));
          // A Hive table's partition columns stay last.
          if (!modify && alter.name.size() && EqualsIgnoreCase(t->options.Get("connector", ""), "hive") && p.place == sql::ColumnPlace::kNotWritten) {
            Column moved = s.columns.back();
            s.columns.pop_back();
            s.columns.insert(s.columns.end() - static_cast<std::ptrdiff_t>(t->partition_keys.size()), std::move(moved));
          }
        }
        for (const sql::TableConstraint& k : c.constraints) {
          if (!modify && s.primary_key)
            return Status::InvalidSql("The base table has already defined the primary key constraint [`" + Join(s.primary_key->columns, "`, `") + "`]. You might want to drop it before adding a new one.").WithPosition(k.position);
          if (modify && !s.primary_key) return Status::InvalidSql("The base table does not define any primary key constraint. You might want to add a new one.").WithPosition(k.position);
          s.primary_key.reset();
          TRY(SetPrimaryKey(&s, k));
        }
        for (const sql::WatermarkDefinition& w : c.watermarks) {
          if (!modify && s.watermark)
            return Status::InvalidSql("The base table has already defined the watermark strategy `" + s.watermark->column + "` AS " + s.watermark->expression + ". You might want to drop it before adding a new one.").WithPosition(w.position);
          if (modify && !s.watermark) return Status::InvalidSql("The base table does not define any watermark. You might want to add a new one.").WithPosition(w.position);
          SetWatermark(&s, w);
        }
        return Status::OK();
      },
      [&](const sql::DropColumns& d) -> Status {
        for (const sql::Name& n : d.columns) {
          TRY(MustExist(s, n.ToString(), n.position));
          TRY(Unused(*t, n.ToString(), n.position));
          s.columns.erase(s.columns.begin() + s.IndexOf(n.ToString()));
        }
        return Status::OK();
      },
      [&](const sql::DropPrimaryKey&) -> Status {
        if (!s.primary_key) return Status::InvalidSql("The base table does not define any primary key.").WithPosition(alter.name.position);
        s.primary_key.reset();
        return Status::OK();
      },
      [&](const sql::DropConstraint& d) -> Status {
        if (!s.primary_key) return Status::InvalidSql("The base table does not define any primary key.").WithPosition(d.name.position);
        if (s.primary_key->name != d.name.name)
          return Status::InvalidSql("The base table does not define a primary key constraint named '" + d.name.name + "'. Available constraint name: ['" + s.primary_key->name + "'].").WithPosition(d.name.position);
        s.primary_key.reset();
        return Status::OK();
      },
      [&](const sql::DropWatermark&) -> Status {
        if (!s.watermark) return Status::InvalidSql("The base table does not define any watermark strategy.").WithPosition(alter.name.position);
        s.watermark.reset();
        return Status::OK();
      },
      [&](const sql::DropDistribution&) -> Status { return lacks("DROP DISTRIBUTION"); },
      [&](const sql::SetOptions& o) -> Status {
        for (const sql::Option& option : o.options) t->options.Set(option.key, option.value);
        return Status::OK();
      },
      [&](const sql::ResetOptions& o) -> Status {
        for (const std::string& k : o.keys) {
          if (k == "connector") return Status::InvalidSql("ALTER TABLE RESET does not support changing 'connector'").WithPosition(alter.name.position);
          t->options.Erase(k);
        }
        return Status::OK();
      },
      [&](const sql::AddPartitions&) -> Status { return Status::Internal("partitions are the catalog's"); },
      [&](const sql::DropPartitions&) -> Status { return Status::Internal("partitions are the catalog's"); },
      [&](const sql::RenamePartition&) -> Status { return lacks("ALTER TABLE ... PARTITION ... RENAME"); },
      [&](const sql::SetLocation& l) -> Status {
        if (!alter.partition.empty()) return lacks("ALTER TABLE ... PARTITION ... SET LOCATION");
        t->options.Set("hive.location-uri", l.location);
        return Status::OK();
      },
      [&](const sql::SetFileFormat& f) -> Status {
        t->options.Set("hive.storage.file-format", ToLower(f.format.name));
        return Status::OK();
      },
      [&](const sql::SetSerde& f) -> Status {
        if (f.serde) t->options.Set("hive.serde.lib.class.name", *f.serde);
        for (const sql::Option& o : f.properties) t->options.Set("hive.serde.info.prop." + o.key, o.value);
        return Status::OK();
      },
      [&](const sql::ChangeColumn& c) -> Status {
        TRY(MustExist(s, c.from.name, c.from.position));
        Column column = TRY(BuildColumn(c.to.column));
        int at = s.IndexOf(c.from.name);
        if (c.to.place == sql::ColumnPlace::kNotWritten) { s.columns[at] = std::move(column); return Status::OK(); }
        s.columns.erase(s.columns.begin() + at);
        return Place(&s, std::move(column), c.to);
      },
  }, alter.action));
  TRY(CheckNames(s));
  if (s.columns.empty()) return Status::InvalidSql("a table needs at least one column").WithPosition(alter.name.position);
  TRY(ResolveComputed(&s, context));
  return ResolveWatermark(&s, context);
}

Result<table::PartitionSpec> BuildPartition(const sql::PartitionSpec& spec, const CatalogTable& t, const DdlContext& context) {
  table::PartitionSpec out;
  plan::Scope none;
  plan::ExprBinder binder(context.registry->functions(), none);
  for (const sql::PartitionItem& p : spec) {
    if (std::find(t.partition_keys.begin(), t.partition_keys.end(), p.column.name) == t.partition_keys.end()) {
      std::string near = ClosestName(p.column.name, t.partition_keys);
      return Status::InvalidSql("\"" + p.column.name + "\" is not a partition key; the keys are [" + Join(t.partition_keys, ", ") + "]").WithPosition(p.column.position)
          .WithHint(near.empty() ? "" : "did you mean \"" + near + "\"?");
    }
    if (!p.value) continue;
    expr::ExprPtr e = TRY(context.registry->functions().MakeCast(TRY(binder.Bind(*p.value)), LogicalType::String()));
    auto scalar = TRY(expr::EvaluateConstant(e, expr::EvalContext{}));
    out[p.column.name] = scalar->is_valid ? scalar->ToString() : "";
  }
  return out;
}

bool MatchesLike(std::string_view name, const sql::NamePattern& p) {
  std::string text = p.ignore_case ? ToLower(name) : std::string(name);
  std::string pattern = p.ignore_case ? ToLower(p.pattern) : p.pattern;
  // Greedy match with backtracking over the last %.
  size_t n = 0, m = 0, star = std::string::npos, mark = 0;
  while (n < text.size()) {
    if (m < pattern.size() && (pattern[m] == '_' || (pattern[m] == text[n] && pattern[m] != '%'))) { ++n; ++m; }
    else if (m < pattern.size() && pattern[m] == '%') { star = m++; mark = n; }
    else if (star != std::string::npos) { m = star + 1; n = ++mark; }
    else return p.negated;
  }
  while (m < pattern.size() && pattern[m] == '%') ++m;
  return (m == pattern.size()) != p.negated;
}

}  // namespace tarn::session

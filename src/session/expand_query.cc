// A view's query as it is stored: independent of the session's current catalog and database, and of columns added later.
#include <algorithm>

#include "session/ddl.h"

namespace tarn::session {
namespace {
template <class... F> struct Visitor : F... { using F::operator()...; };
template <class... F> Visitor(F...) -> Visitor<F...>;

// Columns of a FROM item, by the name that qualifies them.
struct Source {
  std::string alias;
  std::vector<std::string> columns;
};

class Expander {
 public:
  explicit Expander(const DdlContext& context) : context_(context) {}

  void Fix(sql::Query* q) {
    size_t before = hidden_.size();
    for (sql::CommonTable& c : q->with) {
      Fix(&c.query);
      hidden_.push_back(c.name.name);
    }
    std::visit(Visitor{
        [&](sql::Select& s) { Fix(&s); },
        [&](sql::Values&) {},
        [&](sql::ExplicitTable& t) { Fix(&t.table); },
        [&](sql::SetOperation& o) { Fix(o.left.get()); Fix(o.right.get()); },
        [&](sql::QueryPtr& inner) { Fix(inner.get()); },
    }, q->body);
    hidden_.resize(before);
  }

 private:
  bool Fix(sql::Name* n) {
    if (n->size() == 1 && std::find(hidden_.begin(), hidden_.end(), n->last()) != hidden_.end()) return false;
    Result<table::TablePath> p = context_.catalogs->Qualify(*n);
    if (!p.ok()) return false;
    *n = sql::Name::Of({p->catalog, p->database, p->name});
    return true;
  }

  // The one source of a FROM whose columns are known by name; nullopt: leave columns as they are written.
  std::optional<Source> Fix(sql::TableRef* r) {
    std::optional<Source> known;
    std::visit(Visitor{
        [&](sql::NamedTable& t) {
          std::string name = t.name.last();
          if (!Fix(&t.name)) return;
          if (Result<plan::ResolvedTable> table = context_.catalogs->Resolve(t.name); table.ok())
            known = Source{r->alias ? r->alias->name.name : name, table->table.schema.Names()};
          if (r->alias && !r->alias->columns.empty()) known.reset();
        },
        [&](sql::DerivedTable& d) { Fix(&d.query); },
        [&](sql::TableFunction& f) {
          for (sql::Argument& a : f.call.arguments)
            if (auto* t = a.value.As<sql::TableArgument>()) {
              if (t->query) Fix(t->query.get());
              else Fix(&t->table);
            }
        },
        [&](sql::Unnest&) {},
        [&](sql::JoinedTable& j) { Fix(j.left.get()); Fix(j.right.get()); },
        [&](sql::MatchRecognize& m) { Fix(m.input.get()); },
    }, r->node);
    return known;
  }

  void Fix(sql::Select* s) {
    std::optional<Source> source;
    if (s->from) source = Fix(s->from.get());
    if (!source) return;
    std::vector<sql::SelectItem> items;
    for (sql::SelectItem& item : s->items) {
      if (const auto* star = item.expr.As<sql::Star>(); star && (star->qualifier.empty() || star->qualifier.last() == source->alias)) {
        for (const std::string& c : source->columns) items.push_back({sql::Expr(sql::ColumnRef{sql::Name::Of({source->alias, c})}), {}});
        continue;
      }
      Fix(&item.expr, *source);
      items.push_back(std::move(item));
    }
    s->items = std::move(items);
    if (s->where) Fix(s->where.get(), *source);
    if (s->having) Fix(s->having.get(), *source);
    for (sql::GroupingElement& g : s->group_by) Fix(&g, *source);
  }
  void Fix(sql::GroupingElement* g, const Source& source) {
    for (sql::Expr& e : g->exprs) Fix(&e, source);
    for (sql::GroupingElement& e : g->elements) Fix(&e, source);
  }
  void Fix(sql::Box<sql::Expr>* e, const Source& source) { if (*e) Fix(e->get(), source); }
  void Fix(sql::Expr* e, const Source& source) {
    auto all = [&](std::vector<sql::Expr>& list) { for (sql::Expr& i : list) Fix(&i, source); };
    std::visit(Visitor{
        [&](sql::ColumnRef& c) {
          if (std::find(source.columns.begin(), source.columns.end(), c.name.parts[0].name) == source.columns.end()) return;
          if (c.name.size() > 1 && c.name.parts[0].name == source.alias) return;
          std::vector<std::string> parts = c.name.Strings();
          parts.insert(parts.begin(), source.alias);
          c.name = sql::Name::Of(std::move(parts));
        },
        [&](sql::Unary& u) { Fix(&u.operand, source); },
        [&](sql::Binary& b) { Fix(&b.left, source); Fix(&b.right, source); },
        [&](sql::Like& l) { Fix(&l.operand, source); Fix(&l.pattern, source); Fix(&l.escape, source); },
        [&](sql::Between& b) { Fix(&b.operand, source); Fix(&b.low, source); Fix(&b.high, source); },
        [&](sql::In& i) { Fix(&i.operand, source); all(i.list); },
        [&](sql::Quantified& q) { Fix(&q.left, source); all(q.list); },
        [&](sql::Case& c) {
          for (sql::CaseBranch& b : c.branches) { Fix(&b.condition, source); Fix(&b.result, source); }
          Fix(&c.otherwise, source);
        },
        [&](sql::Cast& c) { Fix(&c.operand, source); },
        [&](sql::RowValue& r) { all(r.items); },
        [&](sql::Collection& c) { all(c.items); },
        [&](sql::Subscript& s) { Fix(&s.base, source); Fix(&s.index, source); },
        [&](sql::FieldAccess& f) { Fix(&f.base, source); },
        [&](sql::Call& c) {
          for (sql::Argument& a : c.arguments) Fix(&a.value, source);
          Fix(&c.filter, source);
        },
        [&](sql::IntervalDifference& d) { Fix(&d.left, source); Fix(&d.right, source); },
        [&](sql::IntervalOf& i) { Fix(&i.operand, source); },
        [](sql::Literal&) {}, [](sql::Star&) {}, [](sql::Exists&) {}, [](sql::ScalarSubquery&) {}, [](sql::Symbol&) {}, [](sql::TypeArgument&) {},
        [](sql::TableArgument&) {}, [](sql::Descriptor&) {}, [](sql::DefaultValue&) {}, [](sql::Parameter&) {},
    }, e->node);
  }

  const DdlContext& context_;
  std::vector<std::string> hidden_;   // names of WITH items
};
}  // namespace

sql::Query ExpandQuery(sql::Query query, const DdlContext& context) {
  Expander(context).Fix(&query);
  return query;
}

}  // namespace tarn::session

// tarn_search: Tarn's own call, made of metastore/search.
#include "metastore/router.h"
#include "metastore/search/search_index.h"

namespace tarn::metastore {

namespace {
using namespace wire;

// A failure that has no exception of Hive's says itself as MetaException; its hint has no other way to the client.
Result<TarnSearchResponse> Search(Call& call, tarn_search_args& a) {
  if (!a.request) return InvalidInput("request is null");
  search::Request request;
  request.text = a.request->query;
  if (a.request->has_limit()) {
    if (a.request->limit < 1) return InvalidInput("limit is less than 1");
    request.limit = static_cast<size_t>(a.request->limit);
  }
  request.visible = call.service.search().VisibleTo(call.caller.user, call.caller.groups);
  search::Answer answer = TRY(call.service.search().Search(request));
  TarnSearchResponse out;
  out.set_hits({});
  for (search::Hit& h : answer.hits) {
    TarnSearchHit& x = out.hits.emplace_back();
    x.kind = search::KindName(h.kind);
    x.catName = std::move(h.catalog);
    x.dbName = std::move(h.database);
    x.name = std::move(h.name);
    x.field = search::FieldName(h.field);
    x.snippet = std::move(h.snippet);
    x.score = h.score;
    x.owner = std::move(h.owner);
    x.location = std::move(h.location);
    x.format = std::move(h.format);
    x.comment = std::move(h.comment);
    x.tableType = std::move(h.type);
  }
  if (answer.total >= 0) out.set_total(answer.total);
  out.corrected = answer.corrected;
  return out;
}
}  // namespace

void AddSearchCalls(Router& r) { r.Add<call::tarn_search, Search>(); }

}  // namespace tarn::metastore

// The tree of a SQL text: Statement (ast_statement.h), Query and TableRef (ast_query.h), Expr and DataType (ast_expr.h).
#pragma once

#include "sql/ast_expr.h"
#include "sql/ast_query.h"
#include "sql/ast_statement.h"

/* SPDX-License-Identifier: MIT */
#include "chat/accounts.h"

#include <errno.h>

#define TEXT DATABASE_TEXT
#define NUMBER DATABASE_NUMBER
#define VALUES DATABASE_VALUES

int accounts_add(struct store *store, struct store_write *write, const struct account *account,
		 store_done *done)
{
	return store_write(store, write, done, QUERY_ACCOUNT_ADD,
			   VALUES(TEXT(account->name), TEXT(account->password),
				  TEXT(account->scram), NUMBER(account->rank),
				  NUMBER(account->created_s)));
}

int accounts_find(struct store *store, struct store_read *read, const char *name, store_done *done)
{
	return store_read(store, read, done, QUERY_ACCOUNT_FIND, VALUES(TEXT(name), NUMBER(1)));
}

int accounts_found(const struct rows *rows, struct account *ret_account)
{
	if (rows->n == 0)
		return -ENOENT;
	*ret_account = (struct account){
		.name = rows_text(rows, 0, 0),
		.password = rows_text(rows, 0, 1),
		.scram = rows_text(rows, 0, 2),
		.rank = rows_number(rows, 0, 3),
		.created_s = rows_number(rows, 0, 4),
	};
	return 0;
}

int accounts_check(struct database *database, const char *name)
{
	int64_t created_s;
	int error = database_number(database, QUERY_ACCOUNT_CHECK, VALUES(TEXT(name)), &created_s);

	return error == -ENODATA ? -ENOENT : error;
}

int accounts_change_password(struct store *store, struct store_write *write, const char *name,
			     const struct password_record *record, store_done *done)
{
	return store_write(store, write, done, QUERY_ACCOUNT_CHANGE,
			   VALUES(TEXT(name), TEXT(record->hash), TEXT(record->scram)));
}

int accounts_set_rank(struct store *store, struct store_write *write, const char *name,
		      enum account_rank rank, store_done *done)
{
	return store_write(store, write, done, QUERY_ACCOUNT_RANK,
			   VALUES(TEXT(name), NUMBER(rank)));
}

int accounts_delete(struct store *store, struct store_write *write, const char *name,
		    store_done *done)
{
	return store_write(store, write, done, QUERY_ACCOUNT_DELETE, VALUES(TEXT(name)));
}

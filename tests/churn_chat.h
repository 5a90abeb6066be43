/* SPDX-License-Identifier: MIT */
/* Accounts that the chat's guests log in to, with 0 and so on behind the name. */
#ifndef SPILLWAY_TESTS_CHURN_CHAT_H
#define SPILLWAY_TESTS_CHURN_CHAT_H

#define CHURN_ACCOUNT "acc"
#define CHURN_PASSWORD "correct horse"

enum { CHURN_ACCOUNTS = 3 };

#endif

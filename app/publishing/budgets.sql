-- name: keep_budgets
-- The latest word on each budget; an older one that comes late changes nothing.
INSERT INTO rate_budgets (id, workspace_id, account_id, name, most, remaining, resets_at, learnt_at, application)
SELECT gen_random_uuid(), account.workspace_id, account.id, seen.name, seen.most, seen.remaining, seen.resets_at,
    seen.learnt_at, seen.application
FROM unnest(CAST(:accounts AS uuid[]), CAST(:names AS text[]), CAST(:mosts AS int[]), CAST(:remainings AS int[]),
            CAST(:resets_ats AS timestamptz[]), CAST(:learnt AS timestamptz[]), CAST(:applications AS text[]))
    AS seen(account_id, name, most, remaining, resets_at, learnt_at, application)
JOIN accounts account ON account.id = seen.account_id
ON CONFLICT (account_id, name) DO UPDATE SET most = EXCLUDED.most, remaining = EXCLUDED.remaining,
    resets_at = EXCLUDED.resets_at, learnt_at = EXCLUDED.learnt_at, application = EXCLUDED.application,
    updated_at = EXCLUDED.learnt_at
WHERE rate_budgets.learnt_at <= EXCLUDED.learnt_at

-- name: join_applications
-- Which accounts a platform counts together.
UPDATE accounts SET application = seen.application
FROM unnest(CAST(:accounts AS uuid[]), CAST(:applications AS text[])) AS seen(account_id, application)
WHERE accounts.id = seen.account_id AND seen.application IS NOT NULL
  AND accounts.application IS DISTINCT FROM seen.application

-- name: wait
-- Accounts whose budget is used up, and all of an application whose shared one is: nobody sends for them until then.
WITH told AS (
    SELECT * FROM unnest(CAST(:accounts AS uuid[]), CAST(:applications AS text[]), CAST(:untils AS timestamptz[]))
        AS told(account_id, application, until)),
whose AS (
    SELECT told.account_id AS id, told.until FROM told
    UNION ALL
    SELECT accounts.id, told.until FROM told JOIN accounts ON accounts.application = told.application),
longest AS (SELECT id, max(until) AS until FROM whose GROUP BY id),
locked AS MATERIALIZED (
    SELECT accounts.id, longest.until FROM accounts JOIN longest ON longest.id = accounts.id
    WHERE accounts.blocked_until IS NULL OR accounts.blocked_until < longest.until
    ORDER BY accounts.id FOR NO KEY UPDATE OF accounts)
UPDATE accounts SET blocked_until = locked.until FROM locked WHERE accounts.id = locked.id

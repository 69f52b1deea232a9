-- When a page of a list was read: a run that had to wait for long reads the list anew, as nothing would tell that it
-- was edited meanwhile.
ALTER TABLE staged_list_page ADD COLUMN staged_at timestamptz NOT NULL DEFAULT now();

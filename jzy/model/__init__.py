"""Pure code: records, kinds, people and posts, periods, calendars, chains, findings."""

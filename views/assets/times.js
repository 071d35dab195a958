// Says times in the reader's own zone, which no server knows: without this file they stand there in UTC, and say so.
const clock = {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
}
const page = document.documentElement.lang
// The reader's own region, where it is one of the page's language.
const region =
  navigator.languages.find((each) => each.split('-')[0] === page) ??
  (page === 'en' ? 'en-GB' : page)
const formats = {
  clock: new Intl.DateTimeFormat(region, clock),
  full: new Intl.DateTimeFormat(region, {
    ...clock,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
  }),
}
for (const time of document.querySelectorAll('time[datetime]')) {
  const at = Date.parse(time.dateTime)
  if (Number.isNaN(at)) continue
  const written = formats[time.dataset.time]
  if (written === undefined) {
    time.title = formats.full.format(at)
    continue
  }
  // What a colleague in another zone, or the server's log, calls it.
  time.title = time.textContent
  time.textContent = written.format(at)
}

'use strict';
// Draws the report. Every name comes from a file system and is put in as text, never as markup.
(() => {
  const data = JSON.parse(document.getElementById('data').textContent);
  const byId = (id) => document.getElementById(id);

  const element = (tag, properties, ...children) => {
    const made = document.createElement(tag);
    Object.assign(made, properties);
    made.append(...children);
    return made;
  };
  const shape = (tag, attributes, text) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const bytesText = (bytes) => {
    const sign = bytes < 0 ? '−' : '';
    let rest = Math.abs(bytes);
    if (rest < 1000) return `${sign}${rest} B`;
    for (const unit of ['kB', 'MB', 'GB', 'TB']) {
      rest /= 1000;
      if (rest < 999.5 || unit === 'TB') return `${sign}${rest < 9.995 ? rest.toFixed(2) : rest < 99.95 ? rest.toFixed(1) : rest.toFixed(0)} ${unit}`;
    }
    return '';
  };
  const countText = (count, noun) => `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
  const shareText = (before, after) => (before > 0 ? `${((1 - after / before) * 100).toFixed(1)} %` : '');
  const timeText = (ms) => (ms < 60000 ? `${(ms / 1000).toFixed(ms < 10000 ? 2 : 1)} s` : `${Math.floor(ms / 60000)} min ${String(Math.round(ms / 1000) % 60).padStart(2, '0')} s`);

  // One row for each output; a failed or skipped image without outputs has one, too.
  const stands = (output) => output.status !== 'failed' && output.status !== 'would_encode';
  const kindText = (image, output) => {
    if (!output) return image.status === 'ok' ? 'not made' : image.status;
    if (output.status === 'failed') return 'failed';
    if (output.status === 'would_encode') return 'would be encoded';
    const words = [{ encoded: 'encoded', restored: 'from the cache', up_to_date: 'up to date', deduplicated: 'same as another' }[output.status] || output.status];
    if (output.kept) words.push('its source was best');
    if (output.larger) words.push('larger than its source');
    return words.join(', ');
  };
  const rows = [];
  for (const image of data.images) {
    const outputs = image.outputs.length > 0 ? image.outputs : [null];
    for (const output of outputs) {
      const there = output !== null && stands(output);
      rows.push({
        image, output, there,
        name: output ? output.path : image.source,
        text: `${image.source}\n${output ? output.path : ''}`.toLowerCase(),
        format: there ? output.format || 'copied' : output ? output.format : '',
        pixels: there ? output.width * output.height : 0,
        before: image.bytes,
        after: there ? output.bytes : 0,
        saved: there ? image.bytes - output.bytes : 0,
        share: there && image.bytes > 0 ? 1 - output.bytes / image.bytes : 0,
        score: output && output.score !== undefined ? output.score : -1,
        loss: !there || output.lossless === undefined ? '' : output.lossless ? 'lossless' : 'lossy',
        status: kindText(image, output),
      });
    }
  }

  function drawHeader() {
    const parts = [];
    if (data.out) parts.push(`Outputs in ${data.out}`);
    parts.push(`ImgOpt ${data.tool}`);
    byId('origin').textContent = parts.join(' · ');
    const totals = data.totals;
    const card = (value, label, kind) => byId('totals').append(element('div', { className: `card ${kind || ''}` }, element('strong', { textContent: value }), element('span', { textContent: label })));
    // As the build's summary counts: what failed is an image, too.
    const isOneToOne = totals.outputs === totals.images;
    const isWhole = totals.standing === totals.outputs;
    const noun = totals.images === 1 ? 'image' : 'images';
    card(totals.images.toLocaleString('en'), isOneToOne ? noun : `${noun}, ${countText(totals.outputs, 'output')}`);
    if (totals.failed > 0) card(totals.failed.toLocaleString('en'), totals.failed === 1 ? 'image failed' : 'images failed', 'failed');
    if (totals.would_encode > 0) card(totals.would_encode.toLocaleString('en'), 'would be encoded');
    card(bytesText(totals.bytes_in), 'before');
    if (totals.standing > 0) card(bytesText(totals.bytes_out), isOneToOne && isWhole ? 'after' : `in ${countText(totals.standing, 'output')}`);
    if (isOneToOne && isWhole && totals.bytes_in > 0) card(shareText(totals.bytes_in, totals.bytes_out), totals.bytes_out <= totals.bytes_in ? 'saved' : 'larger', 'good');
    if (totals.kept_original > 0) card(totals.kept_original.toLocaleString('en'), 'kept: the source was best');
    if (totals.larger_than_source > 0) card(totals.larger_than_source.toLocaleString('en'), 'larger than their sources');
    if (totals.skipped > 0) card(totals.skipped.toLocaleString('en'), 'skipped');
    card(timeText(data.wall_ms), 'the run took');
  }

  function drawFailures() {
    const failed = data.images.filter((image) => image.status === 'failed');
    const list = byId('failure-list');
    byId('failures').hidden = failed.length === 0 && data.warnings.length === 0;
    byId('failures-title').textContent = failed.length > 0 ? `${countText(failed.length, 'image')} failed` : countText(data.warnings.length, 'warning');
    for (const image of failed) {
      const reasons = [image.error, ...image.outputs.map((o) => (o.error && o.error !== image.error ? `${o.path}: ${o.error}` : ''))].filter((r) => r && r !== '');
      const item = element('li', {}, element('strong', { textContent: image.source }), `: ${[...new Set(reasons)].join('; ') || 'failed'}`);
      if (image.reproduce) item.append(element('span', { className: 'again' }, 'To see it again: ', element('code', { textContent: image.reproduce })));
      list.append(item);
    }
    for (const warning of data.warnings) list.append(element('li', { textContent: `Warning: ${warning}` }));
  }

  const k_plotted = 6;

  // Two bars a group: what the sources take, and what the outputs do. As wide as its place, so that letters keep their size.
  function drawPlot(place, groups, noun) {
    const shown = groups.slice(0, k_plotted);
    const rest = groups.slice(k_plotted);
    const width = Math.max(200, Math.min(560, byId(place).clientWidth)), step = 44, most = Math.max(1, ...shown.map((g) => Math.max(g.bytes_in, g.bytes_out)));
    const svg = shape('svg', { viewBox: `0 0 ${width} ${Math.max(1, shown.length) * step + (rest.length > 0 ? 18 : 0)}`, role: 'img', 'aria-label': `Bytes before and after, by ${noun}` });
    shown.forEach((group, i) => {
      const y = i * step;
      const letters = Math.floor((width - 140) / 8);
      const name = group.name.length > letters ? `…${group.name.slice(1 - letters)}` : group.name;
      svg.append(shape('text', { x: 0, y: y + 13 }, name));
      svg.append(shape('text', { x: width, y: y + 13, 'text-anchor': 'end', class: 'soft' }, `${bytesText(group.bytes_in)} → ${bytesText(group.bytes_out)}`));
      const bar = (value, top, kind) => svg.append(shape('rect', { x: 0, y: y + top, width: Math.max(1.5, (value / most) * width), height: 7, rx: 2, class: kind }));
      bar(group.bytes_in, 19, 'bar-before');
      bar(group.bytes_out, 28, 'bar-after');
    });
    if (rest.length > 0) {
      // Their sum would dwarf every bar above.
      const sum = (key) => bytesText(rest.reduce((total, group) => total + group[key], 0));
      const y = shown.length * step + 13;
      svg.append(shape('text', { x: 0, y, class: 'soft' }, `and ${rest.length} more`));
      svg.append(shape('text', { x: width, y, 'text-anchor': 'end', class: 'soft' }, `${sum('bytes_in')} → ${sum('bytes_out')}`));
    }
    byId(place).replaceChildren(svg);
  }

  function drawPlots() {
    drawPlot('plot-formats', data.formats, 'format');
    drawPlot('plot-folders', [...data.folders].sort((a, b) => b.bytes_in - a.bytes_in), 'folder');
  }

  function drawDifference() {
    const difference = data.difference;
    if (!difference) return;
    byId('difference').hidden = false;
    const change = difference.all.after - difference.all.before;
    byId('difference-sum').textContent = `${bytesText(difference.all.before)} → ${bytesText(difference.all.after)} (${change > 0 ? '+' : ''}${bytesText(change)}); ${countText(difference.grown.length, 'output')} grew, ${difference.shrunk.length.toLocaleString('en')} shrank, ${difference.added.length.toLocaleString('en')} new, ${difference.removed.length.toLocaleString('en')} gone.`;
    const table = (title, changes) => {
      if (changes.length === 0) return;
      const body = element('tbody', {});
      for (const c of changes.slice(0, 100)) {
        const delta = c.after - c.before;
        body.append(element('tr', {}, element('td', { textContent: c.name }), element('td', { className: 'number', textContent: bytesText(c.before) }), element('td', { className: 'number', textContent: bytesText(c.after) }), element('td', { className: `number ${delta > 0 ? 'warn' : 'good-text'}`, textContent: `${delta > 0 ? '+' : ''}${bytesText(delta)}` })));
      }
      const head = element('thead', {}, element('tr', {}, element('th', { textContent: title }), ...['Before', 'After', 'Change'].map((name) => element('th', { className: 'number', textContent: name }))));
      byId('difference-tables').append(element('div', { className: 'scroll', tabIndex: 0 }, element('table', {}, head, body)));
    };
    table('Folders', difference.folders);
    table('Images that grew', difference.grown);
  }

  const numbers = new Set(['pixels', 'before', 'after', 'saved', 'share', 'score']);
  const view = { sort: 'saved', direction: -1, rows: [], drawn: 0 };
  const k_piece = 150;

  function rowElement(row, index) {
    const { image, output } = row;
    const thumb = element('td', { className: 'thumb' });
    if (image.thumb) thumb.append(element('img', { src: `data:image/webp;base64,${image.thumb}`, alt: '', loading: 'lazy' }));
    else if (image.url && image.status !== 'skipped') {
      const picture = element('img', { src: image.url, alt: '', loading: 'lazy' });
      picture.addEventListener('error', () => picture.replaceWith(element('span', {})));
      thumb.append(picture);
    } else thumb.append(element('span', {}));
    const open = element('button', { type: 'button', textContent: row.name });
    open.dataset.row = index;
    const name = element('td', { className: 'name' }, open);
    if (output && output.path !== image.source) name.append(element('small', { textContent: `from ${image.source}` }));
    const cell = (text, kind) => element('td', { className: kind || '', textContent: text });
    const good = row.saved > 0 ? 'good-text' : row.saved < 0 ? 'warn' : '';
    const notes = output && output.notes.length > 0 ? ` (${output.notes.join(', ')})` : '';
    const reason = row.status === 'failed' ? (output && output.error) || image.error : row.status === 'skipped' ? image.error : '';
    return element('tr', {}, thumb, name, cell(row.format), cell(row.loss), cell(row.there ? `${output.width} × ${output.height}` : '', 'number'), cell(bytesText(row.before), 'number'),
      cell(row.there ? bytesText(row.after) : '', 'number'), cell(row.there ? bytesText(row.saved) : '', `number ${good}`), cell(row.there ? shareText(row.before, row.after) : '', `number ${good}`),
      cell(row.score >= 0 ? row.score.toFixed(1) : '', 'number'), cell(`${row.status}${notes}${reason ? `: ${reason}` : ''}`, `status ${row.status === 'failed' ? 'bad' : ''}`));
  }

  function drawMore() {
    const end = Math.min(view.drawn + k_piece, view.rows.length);
    const piece = document.createDocumentFragment();
    for (; view.drawn < end; ++view.drawn) piece.append(rowElement(view.rows[view.drawn], view.drawn));
    byId('rows').append(piece);
  }

  function drawTable() {
    const text = byId('filter-text').value.trim().toLowerCase();
    const format = byId('filter-format').value;
    const kind = byId('filter-kind').value;
    const isKind = {
      '': () => true,
      smaller: (row) => row.saved > 0,
      lossless: (row) => row.there && row.output.lossless === true,
      lossy: (row) => row.there && row.output.lossless === false,
      kept: (row) => row.output !== null && row.output.kept,
      larger: (row) => row.output !== null && row.output.larger,
      failed: (row) => row.status === 'failed',
      notes: (row) => row.output !== null && row.output.notes.length > 0,
    }[kind];
    view.rows = rows.filter((row) => (text === '' || row.text.includes(text)) && (format === '' || row.format === format) && isKind(row));
    const key = view.sort, direction = view.direction;
    const compare = numbers.has(key) ? (a, b) => a[key] - b[key] : (a, b) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : 0);
    view.rows.sort((a, b) => direction * compare(a, b) || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    for (const head of document.querySelectorAll('th[data-sort]')) {
      if (head.dataset.sort === key) head.setAttribute('aria-sort', direction > 0 ? 'ascending' : 'descending');
      else head.removeAttribute('aria-sort');
    }
    byId('rows').replaceChildren();
    view.drawn = 0;
    drawMore();
    byId('nothing').hidden = view.rows.length > 0;
    byId('filter-count').textContent = `${view.rows.length.toLocaleString('en')} of ${countText(rows.length, 'row')}`;
  }

  // The viewer: both images at equal scale, one above the other; the slider says where one ends.
  const viewer = byId('viewer'), stage = byId('stage'), sheet = byId('sheet'), slider = byId('slider');
  const zooms = [['Fit', 0], ['50 %', 0.5], ['100 %', 1], ['200 %', 2], ['400 %', 4], ['800 %', 8]];
  let current = 0, zoom = 0;

  function placeSheet() {
    const row = view.rows[current];
    const before = byId('before'), after = byId('after');
    // Output pixels count: a smaller width is compared at the size at which it will be seen.
    const width = (row.there && row.output.width) || before.naturalWidth || 1;
    const height = (row.there && row.output.height) || before.naturalHeight || 1;
    const fit = Math.min((stage.clientWidth - 4) / width, (stage.clientHeight - 4) / height);
    const scale = zoom === 0 ? Math.min(fit, 8) : zoom;
    sheet.style.width = `${Math.max(1, Math.round(width * scale))}px`;
    sheet.style.height = `${Math.max(1, Math.round(height * scale))}px`;
    sheet.classList.toggle('sharp', scale >= 2);
    for (const button of byId('zooms').children) button.setAttribute('aria-pressed', String(Number(button.dataset.zoom) === zoom));
    after.style.clipPath = `inset(0 0 0 ${slider.value}%)`;
    byId('divider').style.left = `${slider.value}%`;
  }

  function setZoom(value) {
    zoom = value;
    placeSheet();
  }

  function stepZoom(direction) {
    const at = zooms.findIndex(([, value]) => value === zoom);
    setZoom(zooms[Math.min(zooms.length - 1, Math.max(0, at + direction))][1]);
  }

  function show(index) {
    current = Math.min(view.rows.length - 1, Math.max(0, index));
    while (view.drawn <= current && view.drawn < view.rows.length) drawMore();
    const row = view.rows[current];
    const { image, output } = row;
    byId('viewer-title').textContent = row.name;
    const trouble = byId('trouble');
    trouble.hidden = true;
    const say = (which, path) => () => {
      trouble.hidden = false;
      trouble.textContent = `The image ${which} cannot be shown here: ${path}. Is it still there, and does this browser know its format?`;
    };
    for (const [id, url, which, path] of [['before', image.url, 'before', image.source], ['after', row.there ? output.url : '', 'after', row.name]]) {
      const picture = byId(id);
      picture.hidden = !url;
      picture.alt = `${which}: ${path}`;
      picture.onload = placeSheet;
      picture.onerror = () => { picture.hidden = true; say(which, path)(); };
      if (url) picture.src = url;
      else { picture.removeAttribute('src'); if (which === 'after') say('after', row.status)(); }
    }
    const facts = byId('facts');
    facts.replaceChildren();
    const fact = (label, value) => value && facts.append(element('div', {}, element('span', { textContent: `${label} ` }), value));
    fact('Source', `${image.source}, ${bytesText(image.bytes)}`);
    if (row.there) fact('Output', `${output.format || 'copied'}, ${output.width} × ${output.height}, ${bytesText(output.bytes)}`);
    if (row.there) fact('Saved', `${bytesText(row.saved)} (${shareText(row.before, row.after)})`);
    if (row.score >= 0) fact('SSIMULACRA 2', row.score.toFixed(2));
    fact('Pixels', { lossless: 'kept exactly (lossless)', lossy: 'changed (lossy)' }[row.loss]);
    fact('What happened', row.status);
    if (output && output.notes.length > 0) fact('Notes', output.notes.join(', '));
    fact('Error', (output && output.error) || image.error);
    const settings = image.settings === undefined ? null : data.settings[image.settings];
    byId('settings').hidden = !settings;
    const table = byId('settings-table');
    table.replaceChildren();
    if (settings) {
      const body = element('tbody', {});
      for (const [name, value, place] of settings) body.append(element('tr', {}, element('td', { textContent: name }), element('td', { textContent: value }), element('td', { textContent: place })));
      table.append(element('table', {}, body));
    }
    byId('previous').disabled = current === 0;
    byId('next').disabled = current === view.rows.length - 1;
    if (!viewer.open) viewer.showModal();
    placeSheet();
  }

  function moveSlider(value) {
    slider.value = Math.min(100, Math.max(0, value));
    placeSheet();
  }

  function listen() {
    for (const head of document.querySelectorAll('th[data-sort]')) {
      head.querySelector('button').addEventListener('click', () => {
        const key = head.dataset.sort;
        view.direction = view.sort === key ? -view.direction : numbers.has(key) ? -1 : 1;
        view.sort = key;
        drawTable();
      });
    }
    byId('filters').addEventListener('submit', (event) => event.preventDefault());
    for (const id of ['filter-text', 'filter-format', 'filter-kind']) byId(id).addEventListener('input', drawTable);
    byId('rows').addEventListener('click', (event) => {
      const row = event.target.closest('tr');
      if (row) show(Number(row.querySelector('button').dataset.row));
    });
    byId('rows').addEventListener('keydown', (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!step || !event.target.dataset.row) return;
      event.preventDefault();
      const index = Number(event.target.dataset.row) + step;
      if (index >= view.drawn) drawMore();
      const button = byId('rows').querySelector(`button[data-row="${index}"]`);
      if (button) button.focus();
    });
    new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting) && view.drawn < view.rows.length) drawMore();
    }, { rootMargin: '1200px' }).observe(byId('more'));
    window.addEventListener('scroll', () => {
      if (view.drawn < view.rows.length && byId('more').getBoundingClientRect().top < window.innerHeight + 1200) drawMore();
    }, { passive: true });

    for (const [label, value] of zooms) {
      const button = element('button', { type: 'button', textContent: label });
      button.dataset.zoom = value;
      button.addEventListener('click', () => setZoom(value));
      byId('zooms').append(button);
    }
    slider.addEventListener('input', placeSheet);
    const drag = (event) => {
      const box = sheet.getBoundingClientRect();
      moveSlider(((event.clientX - box.left) / box.width) * 100);
    };
    sheet.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      sheet.setPointerCapture(event.pointerId);
      drag(event);
    });
    sheet.addEventListener('pointermove', (event) => { if (sheet.hasPointerCapture(event.pointerId)) drag(event); });
    window.addEventListener('resize', () => { drawPlots(); if (viewer.open) placeSheet(); });
    byId('close').addEventListener('click', () => viewer.close());
    byId('previous').addEventListener('click', () => show(current - 1));
    byId('next').addEventListener('click', () => show(current + 1));
    viewer.addEventListener('close', () => {
      const button = byId('rows').querySelector(`button[data-row="${current}"]`);
      if (button) button.focus();
    });
    viewer.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const onSlider = event.target === slider;
      const act = {
        n: () => show(current + 1), p: () => show(current - 1),
        '+': () => stepZoom(1), '=': () => stepZoom(1), '-': () => stepZoom(-1), 0: () => setZoom(0),
        ArrowLeft: onSlider ? null : () => moveSlider(Number(slider.value) - 2),
        ArrowRight: onSlider ? null : () => moveSlider(Number(slider.value) + 2),
      }[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    });
  }

  for (const format of [...new Set(rows.map((row) => row.format).filter((f) => f !== ''))].sort()) byId('filter-format').append(element('option', { value: format, textContent: format }));
  // Scores are computed only where a quality was searched or asked for.
  byId('images').classList.toggle('unscored', rows.every((row) => row.score < 0));
  drawHeader();
  drawFailures();
  drawPlots();
  drawDifference();
  listen();
  drawTable();
})();

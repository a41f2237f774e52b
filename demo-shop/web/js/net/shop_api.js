// The shop's routes (demo-shop/doc/api.md), one function each. Errors are Problems.
import { get, patch, post, put, remove, request } from './client.js';
import { who } from './session.js';

const part = encodeURIComponent;
const me = () => part(who().name);

// --- people ---
export const register = (person, options) => post('/users', person, { open: true, ...options });
export const profile = (name, options) => get(`/users/${part(name)}`, options);
export const saveProfile = (changes, options) => patch(`/users/${me()}`, changes, options);
export const changePassword = (passwords, options) => put(`/users/${me()}/password`, passwords, options);
export const erase = (options) => remove(`/users/${me()}`, options);
export const users = (query, options) => get('/users', { query, ...options });
export const setRoles = (name, roles, options) => put(`/users/${part(name)}/roles`, { roles }, options);

// --- products and stock ---
export const products = (query, options) => get('/products', { query, open: true, ...options });
export const categories = (options) => get('/categories', { open: true, ...options });
export const product = (sku, options) => get(`/products/${part(sku)}`, { open: true, ...options });
export const createProduct = (details, options) => post('/products', details, options);
export const saveProduct = (sku, details, options) => patch(`/products/${part(sku)}`, details, options);
export const discontinue = (sku, options) => remove(`/products/${part(sku)}`, options);
export const resume = (sku, options) => post(`/products/${part(sku)}/resume`, null, options);
export const pictureAddress = (sku, picture) => `/products/${part(sku)}/pictures/${picture}`;
export const savePicture = (sku, picture, bytes, options) =>
  request('PUT', pictureAddress(sku, picture), { bytes, ...options });
export const removePicture = (sku, picture, options) => remove(pictureAddress(sku, picture), options);
export const stock = (sku, options) => get(`/stock/${part(sku)}`, options);
export const lowStock = (query, options) => get('/stock', { query, ...options });
export const deliver = (sku, delivery, options) => post(`/stock/${part(sku)}/deliveries`, delivery, options);

// --- cart, orders, money ---
export const cart = (options) => get(`/carts/${me()}`, options);
export const putIntoCart = (sku, quantity, options) => put(`/carts/${me()}/items/${part(sku)}`, { quantity }, options);
export const takeFromCart = (sku, options) => remove(`/carts/${me()}/items/${part(sku)}`, options);
export const clearCart = (options) => remove(`/carts/${me()}`, options);
export const placeOrder = (order, options) => post('/orders', order, options);
export const orders = (query, options) => get('/orders', { query, ...options });
export const allOrders = (query, options) => get('/orders/all', { query, ...options });
export const order = (id, options) => get(`/orders/${part(id)}`, options);
export const progress = (id, options) => get(`/orders/${part(id)}/progress`, options);
export const cancelOrder = (id, options) => post(`/orders/${part(id)}/cancel`, null, options);
export const removeOrder = (id, options) => remove(`/orders/${part(id)}`, options);
export const ship = (id, options) => post(`/orders/${part(id)}/ship`, null, options);
export const ORDER_EVENTS = '/orders/events';
export const account = (options) => get(`/accounts/${me()}`, options);
export const deposit = (booking, options) => post(`/accounts/${me()}/deposits`, booking, options);

export const saveAddress = (id, address, options) => patch(`/orders/${part(id)}`, { address }, options);
export const paymentBehaviour = (options) => get('/payments/behaviour', options);
export const setPaymentBehaviour = (behaviour, options) => put('/payments/behaviour', behaviour, options);

// --- sales, and what admins did ---
export const sales = (query, options) => get('/sales', { query, ...options });
export const salesByDay = (query, options) => get('/sales/days', { query, ...options });
export const acts = (query, options) => get('/audit', { query, ...options });
